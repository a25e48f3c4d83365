"""Where files are: tests mirror the source, and folders and files stay small.

`test_x.py`, or `test_x_and_more.py` where `x.py` needs several files, is at
the place of `x.py` below `tests/`.
"""

import pathlib

ROOT = pathlib.Path(__file__).parents[1]
TESTS = ROOT / "tests"
SOURCES = (
    "ablation",
    "benchmarks",
    "cli",
    "components",
    "kubeflow",
    "modules",
    "pipeline",
    "serving",
)
MAX_LINES = 250
MAX_FILES = 15  # Besides `__init__.py`.

ACROSS_FOLDERS = {
    "browser",
    "clean_roots",
    "docs",
    "end_to_end",
    "flink",
    "fuzz",
    "real_data",
    "requirements",
    "support",
}
"""Folders of tests whose subject is not a source folder."""

NO_SINGLE_SOURCE = {
    "kubeflow/step/test_killed.py",
    "kubeflow/test_docs.py",
    "kubeflow/test_manifests.py",
    "kubeflow/test_pod.py",
    "modules/export/test_same_pixels.py",
    "modules/test_keras_objects.py",
    "modules/test_keras_settings.py",
    "modules/test_on_jax.py",
    "pipeline/test_evaluate_and_push.py",
    "pipeline/test_full_disk.py",
    "pipeline/test_other_data.py",
    "pipeline/test_unlabelled.py",
    "serving/test_configuration.py",
    "serving/test_connections.py",
    "serving/test_docs.py",
    "serving/test_double.py",
    "serving/test_double_core.py",
    "serving/test_load.py",
    "serving/test_monitoring.py",
    "serving/test_tampered.py",
    "serving/test_under_load.py",
    "serving/test_wire.py",
}
"""Tests of several sources together, of documents, or of files for others."""

CROWDED: dict[str, int] = {}
"""What is over the limit and may not grow; an entry goes when it is mended."""


def sources():
    for package in SOURCES:
        yield from (ROOT / package).rglob("*.py")


def test_every_test_file_mirrors_a_source_file():
    strays = set()
    for test in TESTS.rglob("test_*.py"):
        path = test.relative_to(TESTS)
        if len(path.parts) == 1 or path.parts[0] in ACROSS_FOLDERS:
            continue
        subject = path.stem.removeprefix("test_") + "_"
        beside = (ROOT / path.parent).glob("*.py")
        if not any(subject.startswith(f"{file.stem}_") for file in beside):
            strays.add(path.as_posix())
    assert strays == NO_SINGLE_SOURCE


def test_every_folder_of_tests_is_a_package():
    folders = {file.parent for file in TESTS.rglob("*.py")}
    assert [f for f in folders if not (f / "__init__.py").is_file()] == []


def test_no_source_file_is_long():
    lines = {
        file.relative_to(ROOT).as_posix(): len(
            file.read_text("utf-8").splitlines()
        )
        for file in sources()
        if not file.name.endswith("_pb2.py")  # Generated.
    }
    assert {f: n for f, n in lines.items() if n > MAX_LINES} == {}


def test_no_source_folder_is_crowded():
    counts = {}
    for file in sources():
        if file.name != "__init__.py":
            folder = file.parent.relative_to(ROOT).as_posix()
            counts[folder] = counts.get(folder, 0) + 1
    crowded = {f: n for f, n in counts.items() if n > MAX_FILES}
    assert crowded == CROWDED
