"""The current state of a run's components, one line each."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Literal

import rich.console
import rich.spinner
import rich.table
from rich.progress_bar import ProgressBar
from rich.text import Text

from modules.common.durations import duration
from modules.common.progress import Progress
from pipeline.console import text

State = Literal[
    "waiting", "running", "cached", "done", "failed", "stopped", "not run"
]

_GLYPHS = {
    "waiting": "·",
    "cached": "✓",
    "done": "✓",
    "failed": "✗",
    "stopped": "✗",
    "not run": "·",
}
_STYLES = {
    "waiting": "dim",
    "not run": "dim",
    "running": "bold cyan",
    "cached": "green",
    "done": "green",
    "failed": "bold red",
    "stopped": "bold yellow",
}
_BAR_WIDTH = 8
_GAP = 2
_WIDTHS = {
    "speed": len("99,999 images/s"),
    "bar": _BAR_WIDTH - 1,  # Its gap is one column less.
    "state": len("waiting"),
    "time": len("1:23:45"),
    "part": len("trial 23 of 30"),
}
"""What is left out where there is no room, the first first; what changes
keeps its width."""
_ALWAYS = len("·") + _GAP + len("ETA 1:23:45")
_WIDE = 100
"""From so many columns on, the metrics are shown too."""


@dataclasses.dataclass
class _Line:
    state: State = "waiting"
    started: float = 0.0
    seconds: float = 0.0
    progress: Progress | None = None
    speed: text.Speed = dataclasses.field(default_factory=text.Speed)


class Board:
    """A display that Rich can draw at any moment.

    Args:
      clock: seconds on any steady clock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._note: rich.spinner.Spinner | None = None
        self._notices: list[Text] = []
        self._lines: dict[str, _Line] = {}
        self._spinner = _spinner()

    def note(self, message: str) -> None:
        """Shows `message` and a spinner until the run starts."""
        self._note = _spinner(message)

    def notice(self, message: str) -> None:
        """Shows `message` above the components."""
        self._notices.append(Text(message, "yellow"))

    def run_started(self, node_ids: Sequence[str]) -> None:
        """All components wait."""
        self._note = None
        self._lines = {node_id: _Line() for node_id in node_ids}

    def node_started(self, node_id: str) -> None:
        """The component runs from now on."""
        line = self._lines[node_id]
        line.started = self._clock()
        line.state = "running"

    def node_finished(self, node_id: str, *, cached: bool) -> None:
        """The component is done, or was found in the cache."""
        self._end(node_id, "cached" if cached else "done")

    def node_failed(self, node_id: str, error: BaseException) -> None:
        """The component failed or was stopped; others report `error`."""
        stopped = isinstance(error, KeyboardInterrupt)
        self._end(node_id, "stopped" if stopped else "failed")
        for line in self._lines.values():
            if line.state == "waiting":
                line.state = "not run"

    def _end(self, node_id: str, state: State) -> None:
        line = self._lines[node_id]
        line.seconds = self._clock() - line.started
        line.state = state

    def progress(self, progress: Progress) -> None:
        """Belongs to whichever component is running."""
        for line in self._lines.values():
            if line.state == "running":
                line.progress = progress
                line.speed.add(progress, self._clock())

    def __rich_console__(
        self,
        console: rich.console.Console,
        options: rich.console.ConsoleOptions,
    ) -> rich.console.RenderResult:
        yield from self._notices
        if self._note:
            yield self._note
            return
        shown = self._shown(options.max_width)
        table = rich.table.Table.grid(padding=(0, _GAP, 0, 0))
        table.add_column(width=1)
        table.add_column(no_wrap=True)
        if "state" in shown:
            table.add_column(min_width=_WIDTHS["state"], no_wrap=True)
        if "time" in shown:
            table.add_column(
                min_width=_WIDTHS["time"], justify="right", no_wrap=True
            )
        table.add_column(no_wrap=True)
        for node_id, line in self._lines.items():
            table.add_row(*self._cells(node_id, line, shown))
        yield table

    def _shown(self, width: int) -> set[str]:
        """The columns that fit beside names and remaining time."""
        shown = {*_WIDTHS, "metrics"}
        if width < _WIDE:
            shown.remove("metrics")
        running = [line.progress for line in self._lines.values()]
        if not any(progress and progress.part for progress in running):
            shown.remove("part")
        needed = _ALWAYS + _GAP + max(map(len, self._lines), default=0)
        needed += sum(_WIDTHS.get(name, -_GAP) + _GAP for name in shown)
        for name, cells in _WIDTHS.items():
            if needed <= width or width >= _WIDE:
                break
            if name in shown:
                shown.remove(name)
                needed -= cells + _GAP
        return shown

    def _cells(
        self, node_id: str, line: _Line, shown: set[str]
    ) -> list[rich.console.RenderableType]:
        style = _STYLES[line.state]
        running = line.state == "running"
        seconds = self._clock() - line.started if running else line.seconds
        timed = line.state in ("running", "done", "failed", "stopped")
        cells: list[rich.console.RenderableType] = [
            self._spinner if running else Text(_GLYPHS[line.state], style),
            Text(node_id, "dim" if style == "dim" else ""),
        ]
        if "state" in shown:
            cells.append(Text(line.state, style))
        if "time" in shown:
            cells.append(Text(duration(seconds) if timed else ""))
        return [*cells, _progress(line, shown) if running else ""]


def _spinner(message: str = "") -> rich.spinner.Spinner:
    return rich.spinner.Spinner("dots", message, style=_STYLES["running"])


def _progress(line: _Line, shown: set[str]) -> rich.console.RenderableType:
    """A bar, the speed, the time left and the metrics, where there is room."""
    progress = line.progress
    if progress is None:
        return ""
    row = rich.table.Table.grid(padding=(0, 1, 0, 0))
    cells: list[rich.console.RenderableType] = []
    if "bar" in shown:
        bar = ProgressBar(
            total=progress.total,
            completed=progress.done,
            width=_BAR_WIDTH,
            complete_style="cyan",
        )
        cells.append(bar)
    cells.append(Text(_words(progress, line.speed.rate(), shown)))
    if "metrics" in shown:
        metrics = progress.metrics.items()
        cells.append(Text("".join(f" {k} {v:.3g}" for k, v in metrics), "dim"))
    for _ in cells:
        row.add_column(no_wrap=True)
    row.add_row(*cells)
    return row


def _words(progress: Progress, rate: float | None, shown: set[str]) -> str:
    describe = text.describe if "speed" in shown else text.remaining
    part = progress.part if "part" in shown else ""
    return f"{part}  {describe(progress, rate)}".strip()
