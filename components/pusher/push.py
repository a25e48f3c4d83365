"""Copying a model into the serving directory so that it appears at once."""

from __future__ import annotations

import os
import pathlib
import shutil
import time
import uuid

from components.pusher.versions import versions


def push(model: pathlib.Path, directory: pathlib.Path) -> pathlib.Path:
    """Publishes the SavedModel `model` as a new version in `directory`.

    The version is the time in seconds, or one more than the newest version
    where that is not greater. The files are copied beside the versions under
    a hidden name, which servers ignore, flushed to the disk, and renamed: no
    server ever sees half a model.

    Returns:
      The new version's directory.

    Raises:
      OSError: if the directory cannot be written; nothing is left behind.
    """
    directory.mkdir(parents=True, exist_ok=True)
    temporary = directory / f".pushing-{uuid.uuid4().hex}"
    try:
        shutil.copytree(model, temporary)
        _flush(temporary)
        version = _publish(temporary, directory)
        _flush_entry(directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return version


def _publish(temporary: pathlib.Path, directory: pathlib.Path) -> pathlib.Path:
    while True:
        newest = max(versions(directory), default=0)
        target = directory / str(max(int(time.time()), newest + 1))
        try:
            return temporary.rename(target)
        except OSError:
            # Another push took the number first; any other error is ours.
            if not target.exists():
                raise


def _flush(directory: pathlib.Path) -> None:
    for path in directory.rglob("*"):
        _flush_entry(path)
    _flush_entry(directory)


def _flush_entry(path: pathlib.Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
