"""Sends a compiled pipeline to a cluster, as one run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console

from kubeflow.client import connection as clients
from kubeflow.client.package import Package
from kubeflow.client.watch import watch
from modules.common.errors import Interrupted

POLL_SECONDS = 5.0


def submit(
    package: Package,
    *,
    host: str,
    arguments: Mapping[str, Any],
    pipeline_root: str | None,
    wait: bool,
    screen: Console,
    poll_seconds: float = POLL_SECONDS,
) -> bool:
    """Creates a run, and prints its link and, if asked to wait, its states.

    Returns:
      Whether the run succeeded; True if nobody waits for it.

    Raises:
      UserError: if the host is not reached or says no, or the pipeline root
        is none.
      Interrupted: on Ctrl-C, which never stops a run on a cluster.
    """
    clients.check_pipeline_root(pipeline_root)
    runs = f"{host.rstrip('/')}/#/runs"
    unknown = f"whether the run has been created, {runs} shows."
    with clients.connection(host) as client:
        with _on_interrupt(unknown), clients.quiet():
            run = client.create_run_from_pipeline_package(
                str(package.file),
                arguments=dict(arguments),
                experiment_name=package.name,
                pipeline_root=pipeline_root,
                enable_caching=caching(package, arguments),
            )
        link = f"{runs}/details/{run.run_id}"
        screen.print(link, soft_wrap=True, highlight=False)
        with _on_interrupt(f"the run goes on, on the cluster: {link}"):
            return not wait or watch(
                client, run.run_id, package.tasks, screen, poll_seconds
            )


@contextlib.contextmanager
def _on_interrupt(consequence: str) -> Iterator[None]:
    """Says what has become of the run when the user stops waiting for it."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(f"interrupted; {consequence}") from error


def caching(package: Package, arguments: Mapping[str, Any]) -> bool | None:
    """False where Kubeflow's cache would be wrong, None to have it as compiled.

    Kubeflow does not look at files: without a digest, it would take other
    images at the same place for the same.
    """
    digest = {**package.defaults, **arguments}.get("data_digest")
    return False if digest == "" else None
