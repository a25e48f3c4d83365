"""Where a run's files are, and whose they are while it runs."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import filelock

from modules.common.errors import UserError

LOCK_NAME = ".lock"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Paths:
    """The places below one root.

    Attributes:
      root: the directory that holds everything below.
      artifacts: TFX's pipeline root, a folder for each component.
      metadata: the SQLite file of ML Metadata.
      searches: the Tuners' searches, which outlive a run that is broken off.
      serving: where models are pushed, `<model name>/<version>/`.
      logs: a log file for each run, and a record of what came of it.
      reports: the page about each run that came to its end.
      report: the newest of them.
      tensorboard: a directory for each run that TensorBoard draws.
    """

    root: Path
    artifacts: Path
    metadata: Path
    searches: Path
    serving: Path
    logs: Path
    reports: Path
    tensorboard: Path
    report: Path

    @classmethod
    def under(cls, root: Path) -> Self:
        """The layout below `root`, which is made absolute."""
        root = root.absolute()
        return cls(
            root=root,
            artifacts=root / "artifacts",
            metadata=root / "metadata.sqlite",
            searches=root / "searches",
            serving=root / "serving",
            logs=root / "logs",
            reports=root / "reports",
            tensorboard=root / "tensorboard",
            report=root / "report.html",
        )


@contextlib.contextmanager
def claim(root: Path) -> Iterator[Paths]:
    """Makes `root` and keeps other runs out of it until the context ends.

    A root into which nothing was written by then is removed again.

    Raises:
      UserError: if `root` cannot be written, or another run is using it.
    """
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
        yield paths
    finally:
        with contextlib.suppress(OSError):
            if [entry.name for entry in paths.root.iterdir()] == [LOCK_NAME]:
                (paths.root / LOCK_NAME).unlink()
        lock.release()
        _remove_empty(made)


def _remove_empty(directories: list[Path]) -> None:
    """Removes those of `directories`, innermost first, that are empty."""
    for directory in directories:
        with contextlib.suppress(OSError):
            directory.rmdir()
