"""Runs a function in a process of its own, with its log in this one's."""

from __future__ import annotations

import logging
import logging.handlers
import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.queues import Queue
from typing import Any, TypeAlias

from modules.common.errors import UserError

_Records: TypeAlias = "Queue[logging.LogRecord]"


class Died(RuntimeError):
    """The process ended without a word."""


def run(function: Callable[..., None], *arguments: Any) -> None:
    """Calls a function in a new process, which does not outlive this call.

    Nor does it outlive this process.

    Args:
      function: of a module; like its arguments, it is pickled.
      *arguments: its own.

    Raises:
      UserError: if it raises one.
      RuntimeError: if it raises anything else, which is in the log.
      Died: if the process is killed.
    """
    context = multiprocessing.get_context("spawn")
    records: _Records = context.Queue()
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=_child, args=(records, sender, function, arguments)
    )
    process.start()
    sender.close()
    try:
        with _relayed(records):
            error = receiver.recv()
    except EOFError as no_answer:
        raise Died(f"{function.__qualname__} was killed") from no_answer
    finally:
        # What has answered is done: its libraries need not tidy up, which may
        # take them long.
        process.kill()
        process.join()
    if error:
        raise error


class _Relay(logging.Handler):
    """Hands records of another process to the loggers of this one."""

    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger(record.name).handle(record)


@contextmanager
def _relayed(records: _Records) -> Iterator[None]:
    listener = logging.handlers.QueueListener(records, _Relay())
    listener.start()
    try:
        yield
    finally:
        listener.stop()


def _child(
    records: _Records,
    sender: Connection,
    function: Callable[..., None],
    arguments: tuple[Any, ...],
) -> None:
    """Calls the function, and sends what it raised, or None."""
    handler = logging.handlers.QueueHandler(records)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    error: Exception | None = None
    try:
        function(*arguments)
    except UserError as mistake:
        error = UserError(str(mistake))
    except Exception as unexpected:
        logging.exception("%s failed", function.__qualname__)
        error = RuntimeError(f"{type(unexpected).__name__}: {unexpected}")
    root.removeHandler(handler)
    records.close()
    records.join_thread()  # All of the log is sent before the answer.
    sender.send(error)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    multiprocessing.connection.wait([parent.sentinel])
    os._exit(1)
