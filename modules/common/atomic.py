"""Atomic writes: files and directories appear complete or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

STAGING = ".incomplete-"
"""How the names of directories that are being filled start."""


def write_text(target: Path, text: str) -> None:
    """As `write_bytes`, in UTF-8."""
    write_bytes(target, text.encode())


def write_bytes(target: Path, content: bytes) -> None:
    """Replaces a file, or makes it, through to the disk.

    Raises:
      OSError: if it cannot be written; then the old one is still there.
    """
    descriptor, name = tempfile.mkstemp(
        prefix=f".{target.name}.", dir=target.parent
    )
    staging = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        staging.chmod(0o644)  # mkstemp's is private
        staging.replace(target)
    finally:
        staging.unlink(missing_ok=True)
    flush_entry(target.parent)


def flush_entry(path: Path) -> None:
    """Has a file, or the names in a directory, written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def new_directory(target: Path) -> Iterator[Path]:
    """A directory to fill, moved to `target` when the block ends well.

    When the block raises, nothing is left. When `target` has come into being
    meanwhile (another run was faster), that one stays.

    Yields:
      A hidden directory beside `target`.
    """
    with staging(target.parent) as directory:
        yield directory
        directory.chmod(0o755)  # mkdtemp's is private
        _move(directory, target)


@contextlib.contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A hidden directory in `parent` that is gone when the block ends.

    One that a killed process has left is removed by `sweep`: the system gives
    up the lock that it had on it.
    """
    parent.mkdir(parents=True, exist_ok=True)
    directory, lock = _locked_directory(parent)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def sweep(parent: Path) -> None:
    """Removes the `staging` directories in `parent` that nobody works in."""
    for directory in parent.glob(f"{STAGING}*"):
        with contextlib.suppress(OSError):  # It is locked, or gone by now.
            lock = os.open(directory, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(directory)
            finally:
                os.close(lock)


def _locked_directory(parent: Path) -> tuple[Path, int]:
    while True:
        directory = Path(tempfile.mkdtemp(prefix=STAGING, dir=parent))
        lock = os.open(directory, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if directory.exists():  # `sweep` may have been faster.
            return directory, lock
        os.close(lock)


def _move(directory: Path, target: Path) -> None:
    try:
        directory.rename(target)
    except OSError:
        if not target.is_dir():
            raise
