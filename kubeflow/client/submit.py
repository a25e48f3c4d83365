"""Sends a compiled pipeline to a cluster, as one run."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator

import kfp
from rich.console import Console

from kubeflow.client import connection as clients
from kubeflow.client.connection import Access
from kubeflow.client.job import Job
from kubeflow.client.outcome import Outcome
from kubeflow.client.watch import watch
from modules.common.errors import Interrupted

POLL_SECONDS = 5.0


def submit(
    job: Job,
    *,
    access: Access,
    wait: bool,
    retries: int = 0,
    screen: Console,
    poll_seconds: float = POLL_SECONDS,
) -> bool:
    """Creates a run; prints its link and, with `wait`, its states.

    Args:
      job: what to run.
      access: to Kubeflow Pipelines.
      wait: whether to watch the run to its end.
      retries: how many times a run that the cluster ended is submitted again;
        only with `wait`.
      screen: where to print.
      poll_seconds: between two looks at the run.

    Returns:
      Whether the (last) run succeeded; True without `wait`.

    Raises:
      UserError: if the host cannot be reached or refuses, or the pipeline root
        is not the URI of an object store.
      Interrupted: on Ctrl-C, which never stops a run on a cluster.
    """
    clients.check_pipeline_root(job.pipeline_root)
    with clients.connection(access) as client:
        for left in range(retries, -1, -1):
            run_id = _create(client, job, access)
            link = access.link(f"runs/details/{run_id}")
            screen.print(link, soft_wrap=True, highlight=False)
            if not wait:
                return True
            with _on_interrupt(f"the run continues on the cluster: {link}"):
                outcome = watch(
                    client, run_id, job.package.tasks, screen, poll_seconds
                )
            if outcome is not Outcome.INTERRUPTED or not left:
                break
            screen.print(f"submitting it again ({left} left)")
    return outcome is Outcome.SUCCEEDED


def _create(client: kfp.Client, job: Job, access: Access) -> str:
    """The ID of a new run. What is done is cached, unless the cache is off."""
    unknown = f"see {access.link('runs')} for whether the run was created."
    with (
        _on_interrupt(unknown),
        clients.quiet(),
        job.labelled_file() as file,
    ):
        run = client.create_run_from_pipeline_package(
            str(file),
            arguments=dict(job.arguments),
            run_name=job.run_name(datetime.datetime.now()),
            experiment_name=job.experiment_name,
            pipeline_root=job.pipeline_root,
            enable_caching=job.caching,
        )
    return str(run.run_id)


@contextlib.contextmanager
def _on_interrupt(consequence: str) -> Iterator[None]:
    """Says what becomes of the run when the user stops waiting for it."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(f"interrupted; {consequence}") from error
