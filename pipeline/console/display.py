"""Shows a run as it goes: a live line a component, or lines where no terminal.

This is where the runner's events and the Trainers' progress reports meet.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Protocol

import rich.console
import rich.live

from modules.common import progress as progress_lib
from modules.common.progress import Progress
from pipeline.console.board import Board
from pipeline.console.plain import PlainLines
from pipeline.runner.observer import Observer

_REFRESH_PER_SECOND = 4


class Display(Observer, Protocol):
    """An observer of the runner that shows what it is told."""

    def note(self, message: str) -> None:
        """What is being done before the first component."""

    def progress(self, progress: Progress) -> None:
        """How far the running component has come."""


@contextlib.contextmanager
def open_display(
    console: rich.console.Console, *, live: bool = True
) -> Iterator[Display]:
    """A display on `console` that also shows training progress.

    Args:
      console: a terminal, or anything else.
      live: whether a terminal shows one changing line a component.
    """
    with contextlib.ExitStack() as stack:
        display: Display
        if console.is_interactive and live:
            display = board = Board()
            stack.enter_context(
                rich.live.Live(
                    board,
                    console=console,
                    refresh_per_second=_REFRESH_PER_SECOND,
                    redirect_stdout=False,
                    redirect_stderr=False,
                )
            )
        else:
            display = PlainLines(console)
        handler = _ProgressHandler(display)
        progress_lib.LOGGER.addHandler(handler)
        progress_lib.LOGGER.setLevel(logging.INFO)
        stack.callback(progress_lib.LOGGER.removeHandler, handler)
        yield display


class _ProgressHandler(logging.Handler):
    """Hands the `Progress` that log records carry to a display."""

    def __init__(self, display: Display) -> None:
        super().__init__()
        self._display = display

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(progress := getattr(record, "progress", None), Progress):
            self._display.progress(progress)
