"""Formats times, progress and errors for the console."""

from __future__ import annotations

import collections
import re
import textwrap

from modules.common.durations import clock, duration
from modules.common.errors import UserError
from modules.common.progress import Progress
from pipeline.cost import RunCost

_LONGEST_REASON = 400
_WINDOW_SECONDS = 20.0
_EXCEPTION_LINE = re.compile(r"^[A-Za-z_][\w.]*(?:: |$)")
_USER_ERROR_PREFIX = f"{UserError.__module__}.{UserError.__qualname__}: "


def cost(found: RunCost) -> str:
    """The cost of a run, in words."""
    gigabytes = found.peak_bytes / 1e9
    return f"took {duration(found.seconds)}, peak memory {gigabytes:.1f} GB"


class Speed:
    """Units a second over the last reports of one stage."""

    def __init__(self) -> None:
        self._reports: collections.deque[tuple[float, int]] = (
            collections.deque()
        )
        self._stage = ""

    def add(self, progress: Progress, now: float) -> None:
        """Takes in a report made at `now` seconds on any steady clock."""
        stage = f"{progress.part} {progress.stage}"
        if stage != self._stage or (
            self._reports and progress.done < self._reports[-1][1]
        ):
            self._stage = stage
            self._reports.clear()
        self._reports.append((now, progress.done))
        oldest = now - _WINDOW_SECONDS
        while len(self._reports) > 2 and self._reports[0][0] < oldest:
            self._reports.popleft()

    def rate(self) -> float | None:
        """Units a second, or None before there are two reports."""
        (start, before), (end, done) = self._reports[0], self._reports[-1]
        if end <= start or done <= before:
            return None
        return (done - before) / (end - start)


def describe(progress: Progress, rate: float | None) -> str:
    """Speed and estimated time to the end, such as 510 images/s  ETA 4:10."""
    if rate is None:
        return ""
    left = remaining(progress, rate)
    return f"{rate:,.0f} {progress.unit}/s  {left}"


def remaining(progress: Progress, rate: float | None) -> str:
    """The estimated time to the end, such as ETA 4:10."""
    if rate is None:
        return ""
    left = progress.left
    if left is None:
        left = progress.total - progress.done
    return f"ETA {clock(left / rate)}"


def reason(error: BaseException) -> str:
    """Why it failed, as one paragraph without line breaks."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted."
    message = str(error).strip()
    if "Traceback (most recent call last):" in message:
        message = _last_exception(message)
    elif not isinstance(error, UserError):
        message = f"{type(error).__name__}: {message}"
    first = message.removeprefix(_USER_ERROR_PREFIX).split("\n\n")[0]
    return textwrap.shorten(first, _LONGEST_REASON, placeholder=" …")


def _last_exception(traceback: str) -> str:
    """The line with the exception that the last of `traceback`s ends with.

    Beam's runner raises the worker's whole traceback as the message.
    """
    lines = [
        line for line in traceback.splitlines() if _EXCEPTION_LINE.match(line)
    ]
    return lines[-1] if lines else traceback
