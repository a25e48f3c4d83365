"""The package as `pip install .` and Beam's `--setup_file` build it."""

import email
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
REQUIREMENTS = REPOSITORY / "requirements"
PACKAGES = ("pipeline", "components", "modules", "kubeflow", "serving")


def python(*arguments, cwd):
    """Runs this Python; nothing is downloaded."""
    subprocess.run(
        [sys.executable, *map(str, arguments)],
        check=True,
        capture_output=True,
        cwd=cwd,
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """What Beam stages: the package's sdist, unpacked."""
    base = tmp_path_factory.mktemp("packaging")
    tree = base / "tree"
    tree.mkdir()
    for entry in [*PACKAGES, "requirements", "setup.py", "MANIFEST.in"]:
        copy = shutil.copytree if (REPOSITORY / entry).is_dir() else shutil.copy
        copy(REPOSITORY / entry, tree / entry)
    python("setup.py", "--quiet", "sdist", "--dist-dir", base, cwd=tree)
    (archive,) = base.glob("*.tar.gz")
    shutil.unpack_archive(archive, base)
    return base / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def wheel(source):
    """Built by uv: the set-up's environment has no pip."""
    uv = ["-m", "uv", "build", "--quiet", "--offline", "--wheel"]
    out = ["--no-build-isolation", "--out-dir", source.parent]
    python(*uv, *out, "--python", sys.executable, source, cwd=source.parent)
    (file,) = source.parent.glob("*.whl")
    return zipfile.ZipFile(file)


def test_a_wheel_has_all_modules_and_the_data_beside_them(wheel):
    ours = {
        path.relative_to(REPOSITORY).as_posix()
        for package in PACKAGES
        for pattern in (
            "*.py",
            "*.pbtxt",
            "*.proto",
            "*.config",
            "*.yaml",
            "*.jinja",
            "*.css",
        )
        for path in (REPOSITORY / package).rglob(pattern)
    }
    assert ours <= set(wheel.namelist())


def test_a_wheel_requires_what_the_locks_are_made_from(wheel):
    (metadata,) = (n for n in wheel.namelist() if n.endswith("/METADATA"))
    required = email.message_from_bytes(wheel.read(metadata)).get_all(
        "Requires-Dist"
    )
    expected = (REQUIREMENTS / "base.in").read_text().splitlines()
    unasked = [line for line in required if "extra ==" not in line]
    assert names(unasked) == names(expected)


def names(requirements):
    return {re.split(r"[^\w.-]", line)[0] for line in requirements}


@pytest.mark.parametrize(
    "lock", ["glibc239", "glibc236", "gpu", "dev", "build"]
)
def test_a_lock_pins_hashes_and_names_no_host(lock):
    text = (REQUIREMENTS / f"{lock}.txt").read_text()
    assert "://" not in text
    pinned = re.findall(r"^[^\s#]\S*==\S+( ; .*)? \\\n +--hash", text, re.M)
    assert len(pinned) == len(re.findall(r"^[^\s#]", text, re.M))
