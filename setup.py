"""The package: what `pip install .` and Beam's `--setup_file` install."""

import pathlib

import setuptools

HERE = pathlib.Path(__file__).parent

setuptools.setup(
    name="tfx-cifar10",
    version="0.1.0",
    description="CIFAR-10 on TFX: autoencoder, then a CNN on its hidden layer",
    long_description=(HERE / "README.md").read_text()
    if (HERE / "README.md").exists()
    else "",
    long_description_content_type="text/markdown",
    python_requires=">=3.11,<3.14",
    packages=setuptools.find_packages(
        include=[
            f"{package}{suffix}"
            for package in (
                "pipeline",
                "components",
                "modules",
                "kubeflow",
                "serving",
            )
            for suffix in ("", ".*")
        ]
    ),
    include_package_data=True,
    install_requires=(HERE / "requirements" / "base.in")
    .read_text()
    .splitlines()
    if (HERE / "requirements" / "base.in").exists()
    else [],
    entry_points={"console_scripts": ["cifar10=pipeline.cli:main"]},
)
