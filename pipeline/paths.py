"""The paths of a run's files, and the lock on them while it runs."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import filelock

from modules.common.errors import UserError
from modules.common.home import expanded

LOCK_NAME = ".lock"
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_URI = re.compile("[A-Za-z][A-Za-z0-9+.-]+:/")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Paths:
    """The paths below one root.

    Attributes:
      root: the directory that holds everything below.
      artifacts: TFX's pipeline root, a folder for each component.
      metadata: the SQLite file of ML Metadata.
      searches: the Tuners' searches, which survive an interrupted run.
      checkpoints: of trainings that were killed, removed when one is resumed
        and complete, or after `recovery.CHECKPOINT_DAYS`.
      serving: where models are pushed, `<model name>/<version>/`.
      logs: a log file and a record of the result for each run.
      reports: the page about each run that came to its end.
      report: the newest of them.
      tensorboard: a directory for each run that TensorBoard draws.
    """

    root: Path
    artifacts: Path
    metadata: Path
    searches: Path
    checkpoints: Path
    serving: Path
    logs: Path
    reports: Path
    tensorboard: Path
    report: Path

    @classmethod
    def under(cls, root: Path) -> Self:
        """The layout below `root`, which is made absolute, also from `~`.

        Raises:
          UserError: if `root` begins with a home directory that is unknown.
        """
        root = expanded(root).absolute()
        return cls(
            root=root,
            artifacts=root / "artifacts",
            metadata=root / "metadata.sqlite",
            searches=root / "searches",
            checkpoints=root / "checkpoints",
            serving=root / "serving",
            logs=root / "logs",
            reports=root / "reports",
            tensorboard=root / "tensorboard",
            report=root / "report.html",
        )


def require_printable(what: str, path: Path) -> None:
    """Refuses a path with line breaks, other control characters or bytes.

    Args:
      what: it is of, in a word.
      path: it.

    Raises:
      UserError: if it cannot be written in one line of UTF-8.
    """
    if _UNPRINTABLE.search(str(path)):
        raise UserError(
            f"the path of the {what} is {str(path)!a}; expected one "
            "without line breaks, control characters and bytes that are not "
            "UTF-8. Rename the directory, or choose another."
        )


@contextlib.contextmanager
def claim(root: Path) -> Iterator[Paths]:
    """Makes `root` and keeps other runs out of it until the context ends.

    A root into which nothing was written by then is removed again.

    Raises:
      UserError: if `root` cannot be written, or another run is using it, or
        its metadata is damaged.
    """
    if _URI.match(str(root)):
        raise UserError(
            f"the root is {root}, a URI; expected a directory of this machine. "
            "Choose one with --root, or mount the storage."
        )
    paths = Paths.under(root)
    made = [
        directory
        for directory in (paths.root, *paths.root.parents)
        if not directory.exists()
    ]
    lock = filelock.FileLock(paths.root / LOCK_NAME)
    try:
        paths.root.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise UserError(
            f"another run is using the root {root}; wait for it to end, or "
            "choose another directory with --root."
        ) from None
    except OSError as error:
        _remove_empty(made)
        raise UserError(
            f"cannot write to the root {root} ({error.strerror}); choose a "
            "directory you may write to with --root."
        ) from error
    try:
        _require_metadata(paths.metadata)
        yield paths
    finally:
        with contextlib.suppress(OSError):
            if [entry.name for entry in paths.root.iterdir()] == [LOCK_NAME]:
                (paths.root / LOCK_NAME).unlink()
        lock.release()
        _remove_empty(made)


def _require_metadata(file: Path) -> None:
    """Raises a UserError unless ML Metadata can go on with `file`.

    A file without a byte in it is what a killed run leaves that was about to
    make it; it is removed.
    """
    try:
        if not file.exists():
            return
        if not file.stat().st_size:
            file.unlink()
            return
        # Not read-only: what a killed run was writing is rolled back first.
        uri = f"{file.absolute().as_uri()}?mode=rw"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
            (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
            database.execute("SELECT schema_version FROM MLMDEnv").fetchone()
        problem = "" if verdict == "ok" else verdict
    except (OSError, sqlite3.Error) as error:
        problem = str(error)
    if problem:
        problem = " ".join(problem.split())
        raise UserError(
            f"{file} cannot be used ({problem}); expected a database of ML "
            "Metadata. Move it away, and the next run creates a new one."
        )


def _remove_empty(directories: list[Path]) -> None:
    """Removes those of `directories`, innermost first, that are empty."""
    for directory in directories:
        with contextlib.suppress(OSError):
            directory.rmdir()
