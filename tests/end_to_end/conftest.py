"""One run on the sample, for all end-to-end tests to look at."""

import subprocess
import sys
from pathlib import Path

import pytest

# Whole runs, which a slow machine takes minutes for; the first test that wants
# one waits for it.
SECONDS = 1_200


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(SECONDS))


def _cifar10(*arguments):
    """The command line, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def cifar10():
    return _cifar10


@pytest.fixture(scope="session")
def first_run(tmp_path_factory):
    base = tmp_path_factory.mktemp("smoke")
    arguments = ["run", "--preset", "smoke", "--data", "sample"]
    arguments += ["--root", base / "root", "--cache", base / "cache"]
    result = _cifar10(*arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return base, arguments, result.stdout
