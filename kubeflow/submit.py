"""Sends a compiled pipeline to a cluster, and watches the run."""

from __future__ import annotations

import contextlib
import io
import json
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kfp
import kfp_server_api
import urllib3
from rich.console import Console

from modules.errors import UserError

DONE = frozenset({"SUCCEEDED", "SKIPPED", "FAILED", "CANCELED"})
SUCCEEDED = "SUCCEEDED"
POLL_SECONDS = 5.0


def submit(
    file: Path,
    *,
    host: str,
    pipeline_root: str | None,
    wait: bool,
    screen: Console,
    poll_seconds: float = POLL_SECONDS,
) -> bool:
    """Creates a run, and prints its link and, if asked to wait, its states.

    Returns:
      Whether the run succeeded; True if nobody waits for it.

    Raises:
      UserError: if there is no such file, or the host is not reached or says
        no.
    """
    if not file.is_file():
        raise UserError(
            f"there is no {file}; write it with cifar10 kubeflow compile."
        )
    try:
        with _quiet():
            client = kfp.Client(host=host)
            run = client.create_run_from_pipeline_package(
                str(file), pipeline_root=pipeline_root
            )
        link = f"{host.rstrip('/')}/#/runs/details/{run.run_id}"
        screen.print(link, soft_wrap=True, highlight=False)
        return not wait or _watch(client, run.run_id, screen, poll_seconds)
    except urllib3.exceptions.HTTPError as error:
        raise UserError(
            f"cannot reach Kubeflow Pipelines at {host}: "
            f"{getattr(error, 'reason', None) or error}; check --host, or "
            "forward a port to the service ml-pipeline-ui."
        ) from error
    except kfp_server_api.ApiException as error:
        raise UserError(f"{host} refused: {_message(error)}") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the SDK from warning and from printing links of its own."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _watch(
    client: kfp.Client, run_id: str, screen: Console, poll_seconds: float
) -> bool:
    """Prints each change of a task's state until the run is done."""
    seen: set[tuple[str, str]] = set()
    while True:
        run = client.get_run(run_id)
        for change in _states(run):
            if change not in seen:
                seen.add(change)
                screen.print(f"{change[0]}: {change[1].lower()}")
        if run.state in DONE:
            reason = f": {run.error.message}" if run.error else ""
            screen.print(f"run: {run.state.lower()}{reason}", soft_wrap=True)
            return bool(run.state == SUCCEEDED)
        time.sleep(poll_seconds)


def _states(run: Any) -> Iterator[tuple[str, str]]:
    """(task, state) of the steps, without Kubeflow's own helpers."""
    details = run.run_details and run.run_details.task_details
    for task in details or ():
        if task.state and not task.display_name.endswith("-driver"):
            yield task.display_name, task.state


def _message(error: kfp_server_api.ApiException) -> str:
    """What the server says, without the headers of its answer."""
    try:
        answer = json.loads(error.body)
        return str(answer.get("message") or answer.get("error"))
    except (TypeError, ValueError, AttributeError):
        return f"{error.status} {error.reason}"
