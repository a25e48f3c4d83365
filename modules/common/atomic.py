"""Files and directories that appear complete or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


def write_text(target: Path, text: str) -> None:
    """Writes a file anew, through to the disk.

    Raises:
      OSError: if it cannot be written; then the old one is still there.
    """
    descriptor, name = tempfile.mkstemp(
        prefix=f".{target.name}.", dir=target.parent
    )
    staging = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
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
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(
        tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)
    )
    try:
        yield staging
        staging.chmod(0o755)  # mkdtemp's is private
        _move(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move(staging: Path, target: Path) -> None:
    try:
        staging.rename(target)
    except OSError:
        if not target.is_dir():
            raise
