"""The package: what `pip install .` and Beam's `--setup_file` install."""

import pathlib

import setuptools

HERE = pathlib.Path(__file__).parent
PACKAGES = (
    "ablation",
    "cli",
    "components",
    "kubeflow",
    "modules",
    "pipeline",
    "serving",
)

setuptools.setup(
    name="tfx-cifar10",
    version="0.1.0",
    description="CIFAR-10 on TFX: autoencoder, then a CNN on its hidden layer",
    python_requires=">=3.11,<3.14",
    packages=setuptools.find_packages(
        include=[*PACKAGES, *(f"{package}.*" for package in PACKAGES)]
    ),
    package_data={
        "components": ["run_report/templates/*"],
        "kubeflow": ["kubernetes/*/*.toml", "kubernetes/*/*.yaml"],
        "modules": ["keras_home/*.json", "schema/*.pbtxt", "tuned/*.json"],
        "pipeline": ["datasets/*.toml", "history/templates/*"],
        "serving": [
            *("*.proto", "*.pyi", "*.yaml"),
            *("config/*", "kubernetes/*/*", "monitoring/*"),
        ],
    },
    install_requires=(HERE / "requirements" / "base.in")
    .read_text()
    .splitlines(),
    extras_require={
        "notebook": ["ipykernel", "nbconvert"],
        "jax": ["jax"],  # Keras's other backend, in one test.
    },
    entry_points={"console_scripts": ["cifar10=cli.main:main"]},
)
