"""Shows a run on a cluster as it goes: live on a terminal, else in lines."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import kfp
import rich.live
from rich.console import Console

from kubeflow.client.outcome import CANCELLING, Outcome, outcome
from pipeline.console.board import Board

DONE = frozenset({"SUCCEEDED", "SKIPPED", "FAILED", "CANCELED"})

Show = Callable[[str, str], None]
"""Is told a step and the state that it has come to."""


def watch(
    client: kfp.Client,
    run_id: str,
    tasks: Sequence[str],
    screen: Console,
    poll_seconds: float,
) -> Outcome:
    """Shows each change of a step's state until the run is done.

    Args:
      client: of the cluster.
      run_id: which run.
      tasks: the names of its steps; what else Kubeflow runs is not shown.
      screen: where to.
      poll_seconds: between two looks.

    Returns:
      How the run ended.
    """
    with _display(screen, tasks) as show:
        seen: dict[str, str] = {}
        cancelling = False
        while True:
            run = client.get_run(run_id)
            cancelling |= run.state == CANCELLING
            for task, state in _states(run, tasks):
                if seen.get(task) != state:
                    seen[task] = state
                    show(task, state)
            if run.state in DONE:
                break
            time.sleep(poll_seconds)
    ended = outcome(client, run, cancelling=cancelling)
    reason = f": {run.error.message}" if run.error else ""
    screen.print(f"run: {ended.value}{reason}", soft_wrap=True, markup=False)
    return ended


def _states(run: Any, tasks: Collection[str]) -> Iterator[tuple[str, str]]:
    """(step, state), without Kubeflow's own helpers."""
    details = run.run_details and run.run_details.task_details
    for task in details or ():
        if task.state and task.display_name in tasks:
            yield task.display_name, task.state


@contextlib.contextmanager
def _display(screen: Console, tasks: Sequence[str]) -> Iterator[Show]:
    if not screen.is_interactive:
        yield lambda task, state: screen.print(f"{task}: {state.lower()}")
        return
    board = Board()
    board.run_started(tasks)
    with rich.live.Live(board, console=screen):
        yield lambda task, state: _show(board, task, state)


def _show(board: Board, task: str, state: str) -> None:
    """A state of Kubeflow's on the board of a local run."""
    if state == "RUNNING":
        board.node_started(task)
    elif state == "SUCCEEDED":
        board.node_finished(task, cached=False)
    elif state == "SKIPPED":
        board.node_finished(task, cached=True)
    elif state in DONE:
        board.node_failed(task, RuntimeError(state))
