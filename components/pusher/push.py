"""Copies a model into the serving directory atomically."""

from __future__ import annotations

import contextlib
import logging
import pathlib
import shutil
import time
import uuid
from collections.abc import Iterator

import filelock

from components.pusher import model_card
from components.pusher.comparison import NOTHING, Comparison
from components.pusher.versions import versions
from modules.common import atomic, manifest, permissions
from modules.common.errors import UserError
from modules.data_profile import verdict
from modules.export import metadata

TEMPORARY = ".pushing-"
"""How the names of copies under way start: servers ignore hidden names."""
LOCK_NAME = f"{TEMPORARY}lock"
LOCK_TIMEOUT = 600.0
"""Seconds to wait for another push, which takes a few."""


def push(
    model: pathlib.Path,
    directory: pathlib.Path,
    compared: Comparison = NOTHING,
    card: str = "",
    profile: pathlib.Path | None = None,
) -> pathlib.Path:
    """Publishes the SavedModel `model` as the newest version in `directory`.

    The version is the time in seconds, or one more than the newest version
    where that is not greater. The files are copied beside the versions under
    a hidden name, which servers ignore, flushed to the disk, and renamed: no
    server ever sees half a model. With them are what the model was compared
    with, its card, the profile of its data, and a manifest.

    Pushing again what is there already, as a retried step does, copies
    nothing. What a push that was killed has left is removed; a push under way
    is waited for.

    Args:
      model: a SavedModel.
      directory: that of the model's versions.
      compared: how it compared with what was there.
      card: the text of its `model_card.md`; without one there is none.
      profile: the directory of the data's profile, if there is one.

    Returns:
      The version's directory, a new one unless the newest version is this
      model, with the same `model_digest`, and complete.

    Raises:
      OSError: if the files cannot be copied; nothing is left behind.
      UserError: if the directory cannot be made, written or locked.
    """
    with _claimed(directory):
        _remove_leftovers(directory)
        version = _published(model, directory)
        if version is not None:
            logging.info("This model is there already: %s.", version)
            return version
        return _copy(model, directory, compared, card, profile)


@contextlib.contextmanager
def _claimed(directory: pathlib.Path) -> Iterator[None]:
    """Makes `directory`, and keeps other pushes out of it.

    The system gives up the lock of a process that was killed.
    """
    lock = filelock.FileLock(directory / LOCK_NAME, fallback_to_soft=False)
    try:
        permissions.make_shared(directory)
        lock.acquire(timeout=LOCK_TIMEOUT)
    except filelock.Timeout:
        raise UserError(
            f"another push to {directory} has not ended in "
            f"{LOCK_TIMEOUT:.0f} seconds; end it, or wait, and try again."
        ) from None
    except OSError as error:
        raise UserError(
            f"cannot write to the push destination {directory} "
            f"({error.strerror}); expected a directory that this user may "
            "write to, on a file system with locks."
        ) from error
    try:
        yield
    finally:
        (directory / LOCK_NAME).unlink(missing_ok=True)
        lock.release()


def _remove_leftovers(directory: pathlib.Path) -> None:
    """Removes copies that nobody works on, which holds for all of them now."""
    for path in directory.glob(f"{TEMPORARY}*"):
        if path.name != LOCK_NAME:
            logging.warning("Removing what a killed push has left: %s.", path)
            shutil.rmtree(path)


def _published(
    model: pathlib.Path, directory: pathlib.Path
) -> pathlib.Path | None:
    """The newest version if it is this very model."""
    for version in versions(directory)[:1]:
        existing = directory / str(version)
        # What does not say which model it is may be any.
        with contextlib.suppress(UserError):
            same = _digest(existing) == _digest(model)
            if same and not manifest.verify(existing):
                return existing
    return None


def _digest(saved_model: pathlib.Path) -> str:
    return metadata.read(saved_model).lineage.model_digest


def _copy(
    model: pathlib.Path,
    directory: pathlib.Path,
    compared: Comparison,
    card: str,
    profile: pathlib.Path | None,
) -> pathlib.Path:
    temporary = directory / f"{TEMPORARY}{uuid.uuid4().hex}"
    try:
        shutil.copytree(model, temporary)
        compared.write(temporary)
        if card:
            target = temporary / model_card.FILE
            target.parent.mkdir(exist_ok=True)
            target.write_text(card, "utf-8")
        if profile:
            shutil.copytree(profile, temporary / verdict.STORED)
        manifest.write(temporary)
        permissions.share(temporary)
        _flush(temporary)
        version = _publish(temporary, directory)
        atomic.flush_entry(directory)
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
            # Someone took the number first; any other error is ours.
            if not target.exists():
                raise


def _flush(directory: pathlib.Path) -> None:
    for path in (directory, *directory.rglob("*")):
        atomic.flush_entry(path)
