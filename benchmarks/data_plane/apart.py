"""A pipeline in a process of its own, which may run out of memory.

What a component takes is measured from outside: its process is asked for
nothing but the events of its run. The kernel ends a process that uses up the
memory, with everything that it has in it; this way the benchmark goes on, and
knows in which component that was. One that waits for ever, for a message that
was too large, is ended likewise.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import signal
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from pipeline.runner.observer import Observer
from pipeline.runner.stopwatch import Stopwatch

_PERIOD = 0.2  # Seconds between two looks at the memory.
_PATIENCE = 180.0  # Seconds that a component may do nothing.
# Of a processor's time, or less: one at work uses a processor or more, and the
# threads of a stalled one, which wake up to look, used .09.
_NOTHING = 0.25


@dataclasses.dataclass
class Measured:
    """What the components of some runs took.

    Attributes:
      seconds: by component, of those that did not come from the cache.
      peaks: their largest resident memory, bytes: the sum over the process and
        its children, which counts twice what they share.
      ended_in: the component that the process was killed in; None if it came
        to its end.
      stalled: the components in which that was for doing nothing.
      value: what the function returned, if it did.
    """

    seconds: dict[str, float] = dataclasses.field(default_factory=dict)
    peaks: dict[str, int] = dataclasses.field(default_factory=dict)
    ended_in: str | None = None
    stalled: set[str] = dataclasses.field(default_factory=set)
    value: Any = None


def run(function: Callable[..., Any], *arguments: Any) -> Measured:
    """Calls `function(observer, *arguments)` in a new process.

    Args:
      function: runs pipelines with the observer. A component that comes from
        the cache keeps what it took in an earlier one.
      *arguments: and what it returns: can be pickled.

    Raises:
      RuntimeError: if it failed otherwise than by being killed.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_report, args=(theirs, function, *arguments)
    )
    process.start()
    theirs.close()  # Its end is then the end of what can be read.
    found = Measured()
    _follow(ours, psutil.Process(process.pid), found)
    process.join()
    if process.exitcode == -signal.SIGKILL and found.ended_in:
        return found
    if process.exitcode:
        raise RuntimeError(
            f"a pipeline's process ended with the exit code {process.exitcode}"
            f" in {found.ended_in or 'no component'}"
        )
    return found


def _follow(
    events: Connection, process: psutil.Process, found: Measured
) -> None:
    """Fills `found` in, until the process ends."""
    since, used = time.monotonic(), 0.0
    with contextlib.suppress(EOFError):
        while True:
            while not events.poll(_PERIOD):
                busy = _look(process, found)
                if (passed := time.monotonic() - since) < _PATIENCE:
                    continue
                if found.ended_in and busy - used < _NOTHING * passed:
                    found.stalled.add(found.ended_in)
                    process.kill()
                since, used = time.monotonic(), busy
            since, used = time.monotonic(), _look(process, found)
            event, value = events.recv()
            if event == "started":
                found.ended_in = value
                found.peaks.setdefault(value, 0)
            elif event == "finished":
                found.ended_in = None
                if value.state == "done":
                    found.seconds[value.name] = value.seconds
                elif value.name not in found.seconds:
                    del found.peaks[value.name]
            else:
                found.value = value


def _look(process: psutil.Process, found: Measured) -> float:
    """The memory that is used now, towards the running component's peak.

    Returns:
      The processor time that has been used, in seconds.
    """
    memory, seconds = 0, 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        for each in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                memory += each.memory_info().rss
                spent = each.cpu_times()
                seconds += spent.user + spent.system
    if (name := found.ended_in) is not None:
        found.peaks[name] = max(found.peaks[name], memory)
    return seconds


def _report(
    events: Connection, function: Callable[..., Any], *arguments: Any
) -> None:
    """The new process: runs, and tells of it."""
    with contextlib.suppress(OSError):  # Only Linux has it.
        # If the memory does not suffice, this is what the kernel ends.
        Path("/proc/self/oom_score_adj").write_text("1000")
    with contextlib.redirect_stdout(sys.stderr):  # The table is the output.
        value = function(_Reporter(events), *arguments)
    events.send(("value", value))
    events.close()


class _Reporter(Stopwatch):
    """An observer that prints nothing, and hands on what is measured."""

    def __init__(self, events: Connection) -> None:
        super().__init__(Silent())
        self._events = events

    def node_started(self, node_id: str) -> None:
        """The component's time begins."""
        self._events.send(("started", node_id))
        super().node_started(node_id)

    def node_finished(self, node_id: str, *, cached: bool) -> None:
        """The component's time ends."""
        super().node_finished(node_id, cached=cached)
        self._events.send(("finished", self.components[-1]))


class Silent(Observer):
    """An observer that prints nothing."""

    def notice(self, message: str) -> None:
        """Nothing."""

    def run_started(self, node_ids: Sequence[str]) -> None:
        """Nothing."""

    def node_started(self, node_id: str) -> None:
        """Nothing."""

    def node_finished(self, node_id: str, *, cached: bool) -> None:
        """Nothing."""

    def node_failed(self, node_id: str, error: BaseException) -> None:
        """Nothing."""
