"""Recurring runs: a compiled pipeline, again and again, by a name.

Kubeflow cannot change a recurring run. So one of the same name is replaced:
whatever was scheduled under that name is not any more, and runs that have
started go on.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any, Literal

import kfp
from rich.console import Console

from kubeflow.client import connection as clients
from kubeflow.client.package import Package
from kubeflow.client.submit import caching
from modules.common.errors import UserError

_PAGE = 100


def schedule(
    package: Package,
    *,
    host: str,
    name: str,
    trigger: Mapping[str, str | int],
    arguments: Mapping[str, Any],
    pipeline_root: str | None,
    screen: Console,
) -> None:
    """Schedules the pipeline under `name`; prints the link.

    Args:
      package: what is to run; its name is that of the experiment too.
      host: Kubeflow Pipelines.
      name: of the recurring run.
      trigger: `cron_expression` or `interval_second`.
      arguments: values of the pipeline's parameters.
      pipeline_root: where artifacts go, or None for Kubeflow's own.
      screen: where to print.

    Raises:
      UserError: if the host is not reached or says no, or the pipeline root
        is none.
    """
    clients.check_pipeline_root(pipeline_root)
    with clients.connection(host) as client:
        with clients.quiet():
            experiment = client.create_experiment(package.name).experiment_id
            before = _named(client, experiment, name)
            new = client.create_recurring_run(
                experiment,
                name,
                **trigger,
                no_catchup=True,
                params=dict(arguments),
                pipeline_package_path=str(package.file),
                pipeline_root=pipeline_root,
                enable_caching=caching(package, arguments),
            )
            # Last, so that there is always one, whatever fails.
            for old in before:
                client.delete_recurring_run(old)
        link = f"/#/recurringrun/details/{new.recurring_run_id}"
        screen.print(host.rstrip("/") + link, soft_wrap=True, highlight=False)


def stop(
    package: Package, *, host: str, name: str, how: Literal["disable", "delete"]
) -> None:
    """Disables or deletes what is scheduled under `name`.

    Raises:
      UserError: if there is none, or the host is not reached or says no.
    """
    with clients.connection(host) as client, clients.quiet():
        found = []
        # What the SDK raises where there is no such experiment.
        with contextlib.suppress(ValueError):
            experiment = client.get_experiment(experiment_name=package.name)
            found = _named(client, experiment.experiment_id, name)
        if not found:
            raise UserError(
                f"found no recurring run {name!r} of {package.name} at {host}; "
                "check --name, or look in the user interface."
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
