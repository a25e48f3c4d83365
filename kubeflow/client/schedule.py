"""Recurring runs, each identified by its name.

Kubeflow cannot change a recurring run, so one of the same name is replaced.
Runs that have started continue.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Literal

import kfp
from rich.console import Console

from kubeflow.client import connection as clients
from kubeflow.client.connection import Access
from kubeflow.client.job import Job
from modules.common.errors import UserError

_PAGE = 100


def schedule(
    job: Job,
    *,
    access: Access,
    name: str,
    trigger: Mapping[str, str | int],
    screen: Console,
) -> None:
    """Schedules the job under `name`; prints the link.

    Args:
      job: what to run.
      access: to Kubeflow Pipelines.
      name: of the recurring run.
      trigger: `cron_expression` or `interval_second`.
      screen: where to print.

    Raises:
      UserError: if the host cannot be reached or refuses, or the pipeline root
        is not the URI of an object store.
    """
    clients.check_pipeline_root(job.pipeline_root)
    with clients.connection(access) as client:
        with clients.quiet(), job.labelled_file() as file:
            experiment = client.create_experiment(
                job.experiment_name
            ).experiment_id
            before = _named(client, experiment, name)
            new = client.create_recurring_run(
                experiment,
                name,
                **trigger,
                no_catchup=True,
                params=dict(job.arguments),
                pipeline_package_path=str(file),
                pipeline_root=job.pipeline_root,
                enable_caching=job.caching,
            )
            # Last, so that there is always one, whatever fails.
            for old in before:
                client.delete_recurring_run(old)
        link = access.link(f"recurringrun/details/{new.recurring_run_id}")
        screen.print(link, soft_wrap=True, highlight=False)


def stop(
    experiment_name: str,
    *,
    access: Access,
    name: str,
    how: Literal["disable", "delete"],
) -> None:
    """Disables or deletes what is scheduled under `name` in an experiment.

    Raises:
      UserError: if there is none, or the host cannot be reached or refuses.
    """
    with clients.connection(access) as client, clients.quiet():
        found = []
        # What the SDK raises where there is no such experiment.
        with contextlib.suppress(ValueError):
            experiment = client.get_experiment(experiment_name=experiment_name)
            found = _named(client, experiment.experiment_id, name)
        if not found:
            raise UserError(
                f"found no recurring run {name!r} in the experiment "
                f"{experiment_name} at {access.host}; check --name and "
                "--experiment, or look in the user interface."
            )
        end = getattr(client, f"{how}_recurring_run")
        for recurring_run in found:
            end(recurring_run)


def _named(client: kfp.Client, experiment: str, name: str) -> list[str]:
    """The IDs of the experiment's recurring runs of that name."""
    predicate = {"key": "display_name", "operation": "EQUALS"}
    answer = client.list_recurring_runs(
        experiment_id=experiment,
        page_size=_PAGE,
        filter=json.dumps({"predicates": [{**predicate, "stringValue": name}]}),
    )
    return [run.recurring_run_id for run in answer.recurring_runs or ()]
