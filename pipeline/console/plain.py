"""A run as plain lines: in a log of CI, a pipe or a dumb terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import rich.console

from modules.common.durations import duration
from modules.common.progress import Progress
from pipeline.console import text

_SECONDS_BETWEEN_REPORTS = 30.0


class PlainLines:
    """A display that prints a line for each thing that happens.

    Args:
      console: where to.
      clock: seconds on any steady clock.
    """

    def __init__(
        self,
        console: rich.console.Console,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._clock = clock
        self._node_id = ""
        self._started = self._reported = 0.0
        self._speed = text.Speed()

    def _say(self, line: str) -> None:
        self._console.print(line, soft_wrap=True, markup=False)
        self._console.file.flush()

    def note(self, message: str) -> None:
        """Prints `message`."""
        self._say(f"{message} …")

    def notice(self, message: str) -> None:
        """Prints `message`."""
        self._say(message)

    def run_started(self, node_ids: Sequence[str]) -> None:
        """Prints how many components there are."""
        self._say(f"running {len(node_ids)} components")

    def node_started(self, node_id: str) -> None:
        """Prints that it runs."""
        self._node_id = node_id
        self._started = self._reported = self._clock()
        self._speed = text.Speed()
        self._say(f"{node_id}: running")

    def node_finished(self, node_id: str, *, cached: bool) -> None:
        """Prints how long it took, or that it was cached."""
        self._say(f"{node_id}: {'cached' if cached else f'done, {self._took}'}")

    def node_failed(self, node_id: str, error: BaseException) -> None:
        """Prints that it failed, or was stopped."""
        stopped = isinstance(error, KeyboardInterrupt)
        how = "stopped" if stopped else "failed"
        self._say(f"{node_id}: {how}, {self._took}")

    @property
    def _took(self) -> str:
        return duration(self._clock() - self._started)

    def progress(self, progress: Progress) -> None:
        """Prints how far it is, if half a minute passed since the last time."""
        now = self._clock()
        self._speed.add(progress, now)
        if now - self._reported < _SECONDS_BETWEEN_REPORTS:
            return
        self._reported = now
        speed = text.describe(progress, self._speed.rate())
        self._say(f"{self._node_id}: {progress}  {speed}".rstrip())
