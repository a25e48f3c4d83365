"""The components of a run, one line each, as a picture of the moment."""

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
# Glyph, component, state, time and progress; what changes keeps its width.
_COLUMNS: tuple[tuple[Literal["left", "right"], int], ...] = (
    ("left", 1), ("left", 1), ("left", 7), ("right", 7), ("left", 1),
)  # fmt: skip
_BAR_WIDTH = 8
_WIDE = 100


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
        """The component failed, or was stopped; `error` is told elsewhere."""
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
        table = rich.table.Table.grid(padding=(0, 2, 0, 0))
        for justify, width in _COLUMNS:
            table.add_column(justify=justify, min_width=width, no_wrap=True)
        wide = options.max_width >= _WIDE
        for node_id, line in self._lines.items():
            table.add_row(*self._cells(node_id, line, wide))
        yield table

    def _cells(
        self, node_id: str, line: _Line, wide: bool
    ) -> list[rich.console.RenderableType]:
        style = _STYLES[line.state]
        running = line.state == "running"
        seconds = self._clock() - line.started if running else line.seconds
        timed = line.state in ("running", "done", "failed", "stopped")
        return [
            self._spinner if running else Text(_GLYPHS[line.state], style),
            Text(node_id, "dim" if style == "dim" else ""),
            Text(line.state, style),
            Text(text.duration(seconds) if timed else ""),
            _progress(line, wide) if running else "",
        ]


def _spinner(message: str = "") -> rich.spinner.Spinner:
    return rich.spinner.Spinner("dots", message, style=_STYLES["running"])


def _progress(line: _Line, wide: bool) -> rich.console.RenderableType:
    """A bar, the speed and the time left; the metrics too where it is wide."""
    progress = line.progress
    if progress is None:
        return ""
    row = rich.table.Table.grid(padding=(0, 1, 0, 0))
    for _ in range(3):
        row.add_column(no_wrap=True)
    cells: list[rich.console.RenderableType] = [
        ProgressBar(
            total=progress.total,
            completed=progress.done,
            width=_BAR_WIDTH,
            complete_style="cyan",
        ),
        Text(_words(progress, line.speed.rate(), wide)),
    ]
    if wide:
        metrics = progress.metrics.items()
        cells.append(Text("".join(f" {k} {v:.3g}" for k, v in metrics), "dim"))
    row.add_row(*cells)
    return row


def _words(progress: Progress, rate: float | None, wide: bool) -> str:
    """The part, the speed where there is room for both, and the time left."""
    if not progress.part:
        return text.describe(progress, rate)
    describe = text.describe if wide else text.remaining
    return f"{progress.part}  {describe(progress, rate)}".rstrip()
