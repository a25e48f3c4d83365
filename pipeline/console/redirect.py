"""Keeps the terminal for the console; the chatter goes to the log file.

TensorFlow, Beam and ML Metadata write to the process's file descriptors from
C++, so that is where they are turned aside; the console holds a duplicate.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import rich.console

from modules.common.console import Console

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_LOGGER = logging.getLogger(__name__)
_FORMAT = "%(asctime)s %(levelname).1s %(name)s: %(message)s"


class Terminal(Console):
    """A console whose width is that of its own file.

    Rich asks the standard streams, which are a log file while a run lasts.
    """

    @property  # type: ignore[misc]  # Rich's has a setter; nobody uses it.
    def size(self) -> rich.console.ConsoleDimensions:
        """Columns and lines, at this moment."""
        try:
            return rich.console.ConsoleDimensions(
                *os.get_terminal_size(self.file.fileno())
            )
        except (OSError, ValueError):
            return super().size


class _Output(io.FileIO):
    """A stream whose reader may go away, as `| head` does: work goes on."""

    def write(self, data: ReadableBuffer) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            _LOGGER.warning("The output was closed; the run continues")
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), self.fileno())
            return memoryview(data).nbytes


@contextlib.contextmanager
def terminal() -> Iterator[Terminal]:
    """A console on what standard output is now, whatever becomes of it."""
    output = io.BufferedWriter(_Output(os.dup(1), "w"))
    with io.TextIOWrapper(output, "utf-8") as file:
        yield Terminal(file=file)


class _Log(io.FileIO):
    """A file to which nothing is written any more once its disk is full.

    Beam's workers print an error before they report it: if printing fails, the
    runner waits for the report for ever.
    """

    def write(self, data: ReadableBuffer) -> int:
        """Writes what can be written, and never complains."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


@contextlib.contextmanager
def native_errors_dropped() -> Iterator[None]:
    """Drops what native code writes to standard error, for a while.

    TensorFlow greets from C++ before any of its settings take effect.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


@contextlib.contextmanager
def output_to(log: Path, also: IO[str] | None = None) -> Iterator[None]:
    """Sends standard output, error and log records to `log` for a while.

    Args:
      log: the file, which is appended to.
      also: gets the log records as well.
    """
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(
            io.TextIOWrapper(
                io.BufferedWriter(_Log(log, "a")),
                encoding="utf-8",
                line_buffering=True,
            )
        )
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for descriptor in (1, 2):
            saved = os.dup(descriptor)
            stack.callback(os.close, saved)
            stack.callback(os.dup2, saved, descriptor)
            os.dup2(file.fileno(), descriptor)
        stack.enter_context(contextlib.redirect_stdout(file))
        stack.enter_context(contextlib.redirect_stderr(file))
        stack.enter_context(_records_to(file))
        if also:
            stack.enter_context(_records_to(also))
        yield


@contextlib.contextmanager
def _records_to(file: IO[str]) -> Iterator[None]:
    """Sends all loggers' records from INFO on to `file`."""
    root = logging.getLogger()
    handler = logging.StreamHandler(file)
    handler.setFormatter(logging.Formatter(_FORMAT))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
