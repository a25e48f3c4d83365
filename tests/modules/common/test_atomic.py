"""What is written appears whole or not at all, and killed writers are swept."""

import os
import signal
import subprocess
import sys

import pytest

from modules.common import atomic

KILLED = """
import os, pathlib, signal, sys
from modules.common import atomic
with atomic.new_directory(pathlib.Path(sys.argv[1]) / "target") as staging:
    (staging / "half").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_directory_appears_when_it_is_complete(tmp_path):
    target = tmp_path / "a" / "target"
    with atomic.new_directory(target) as staging:
        (staging / "file").touch()
        assert not target.exists()
    assert [path.name for path in target.iterdir()] == ["file"]
    assert list(target.parent.iterdir()) == [target]


def test_nothing_is_left_of_a_directory_that_failed(tmp_path):
    with (
        pytest.raises(ValueError, match="half"),
        atomic.new_directory(tmp_path / "target"),
    ):
        raise ValueError("half")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_somebody_else_has_made_stays(tmp_path):
    with atomic.new_directory(tmp_path / "target") as staging:
        (staging / "mine").touch()
        (tmp_path / "target").mkdir()
        (tmp_path / "target" / "theirs").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["target", "theirs"]


def test_what_a_killed_process_has_left_is_swept(tmp_path):
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path])
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.rglob("half"))) == 1
    atomic.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_somebody_works_in_is_not_swept(tmp_path):
    with atomic.new_directory(tmp_path / "target") as staging:
        atomic.sweep(tmp_path)
        (staging / "file").touch()
    assert (tmp_path / "target" / "file").exists()


def test_other_hidden_directories_are_not_swept(tmp_path):
    (tmp_path / ".config").mkdir()
    atomic.sweep(tmp_path)
    atomic.sweep(tmp_path / "missing")
    assert (tmp_path / ".config").is_dir()


def test_a_file_is_replaced_at_once(tmp_path, monkeypatch):
    file = tmp_path / "file"
    atomic.write_text(file, "old")

    def full(*_):
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="full"):
            atomic.write_text(file, "new")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path, monkeypatch
):
    target = tmp_path / "file"
    atomic.write_bytes(target, b"old")
    monkeypatch.setattr(os, "fsync", _full)

    with pytest.raises(OSError, match="full"):
        atomic.write_bytes(target, b"new")

    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def _full(descriptor):
    raise OSError("the disk is full")
