"""Claiming a root: writable, exclusive, and gone if nothing was written."""

import os
import subprocess
import sys

import pytest

from modules.common.errors import UserError
from pipeline.paths import claim

CLAIM = """
import os, pathlib, sys
from pipeline.paths import claim
os.setuid(65534)
with claim(pathlib.Path(sys.argv[1])):
    pass
"""


def test_a_root_is_made_with_its_parents(tmp_path):
    with claim(tmp_path / "a" / "b") as paths:
        assert paths.root.is_dir()
        (paths.root / "kept").touch()
    assert (tmp_path / "a" / "b" / "kept").exists()


def test_a_root_that_stays_empty_is_removed_again(tmp_path):
    with claim(tmp_path / "a" / "b"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_root_that_was_there_stays(tmp_path):
    with claim(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_relative_root_is_the_same_after_a_change_of_directory(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with claim(tmp_path.relative_to(tmp_path) / "root") as paths:
        assert paths.artifacts == tmp_path / "root" / "artifacts"


def test_only_one_run_at_a_time_has_a_root(tmp_path):
    with (
        claim(tmp_path / "root"),
        pytest.raises(UserError, match="another run"),
        claim(tmp_path / "root"),
    ):
        pass
    with claim(tmp_path / "root"):
        pass


@pytest.mark.parametrize("root", ["file", "file/below"])
def test_a_root_on_a_file_is_refused(tmp_path, root):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write"), claim(tmp_path / root):
        pass


@pytest.mark.skipif(os.getuid() != 0, reason="becomes another user")
@pytest.mark.parametrize("root", ["", "root", "a/b"])
def test_a_directory_of_somebody_elses_is_refused(tmp_path, root):
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o755)
    for directory in (tmp_path, *tmp_path.parents[:-2]):
        directory.chmod(0o755)
    result = subprocess.run(
        [sys.executable, "-c", CLAIM, theirs / root],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "UserError: cannot write" in result.stderr
    assert list(theirs.iterdir()) == []
