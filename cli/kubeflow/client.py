"""The commands of `cifar10 kubeflow` that talk to a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cli.kubeflow import access as kubeflow_access
from cli.kubeflow import options as kubeflow_options
from modules.common.console import Console

if TYPE_CHECKING:
    from kubeflow.client.job import Job


def submit_command(
    host: kubeflow_access.Host,
    namespace: kubeflow_access.Namespace = None,
    existing_token: kubeflow_access.ExistingToken = None,
    token_file: kubeflow_access.TokenFile = None,
    header: kubeflow_access.Headers = None,
    ca: kubeflow_access.Ca = None,
    file: kubeflow_access.File = kubeflow_options.FILE,
    experiment: kubeflow_access.Experiment = None,
    param: kubeflow_access.Params = None,
    pipeline_root: kubeflow_access.PipelineRoot = None,
    wait: kubeflow_access.Wait = False,
    retries: kubeflow_access.Retries = 0,
) -> int:
    """Run a compiled pipeline on a cluster.

    With --wait, the exit code is 1 unless the run succeeds.
    """
    if retries and not wait:
        raise typer.BadParameter("found --retries, expected --wait with it.")
    access = kubeflow_access.access(
        host=host,
        namespace=namespace,
        existing_token=existing_token,
        token_file=token_file,
        header=header,
        ca=ca,
    )
    from kubeflow.client.submit import submit

    succeeded = submit(
        _job(file, param, pipeline_root, experiment),
        access=access,
        wait=wait,
        retries=retries,
        screen=Console(),
    )
    return 0 if succeeded else 1


def upload_command(
    host: kubeflow_access.Host,
    namespace: kubeflow_access.Namespace = None,
    existing_token: kubeflow_access.ExistingToken = None,
    token_file: kubeflow_access.TokenFile = None,
    header: kubeflow_access.Headers = None,
    ca: kubeflow_access.Ca = None,
    file: kubeflow_access.File = kubeflow_options.FILE,
    version: kubeflow_access.Version = None,
) -> None:
    """Upload a compiled pipeline as a version to run from the UI."""
    access = kubeflow_access.access(
        host=host,
        namespace=namespace,
        existing_token=existing_token,
        token_file=token_file,
        header=header,
        ca=ca,
    )
    from kubeflow.client import package
    from kubeflow.client.upload import upload

    upload(package.read(file), access=access, version=version, screen=Console())


def schedule_command(
    host: kubeflow_access.Host,
    namespace: kubeflow_access.Namespace = None,
    existing_token: kubeflow_access.ExistingToken = None,
    token_file: kubeflow_access.TokenFile = None,
    header: kubeflow_access.Headers = None,
    ca: kubeflow_access.Ca = None,
    file: kubeflow_access.File = kubeflow_options.FILE,
    experiment: kubeflow_access.Experiment = None,
    name: kubeflow_options.ScheduleName = None,
    cron: kubeflow_options.Cron = None,
    interval: kubeflow_options.Interval = None,
    disable: kubeflow_options.Disable = False,
    delete: kubeflow_options.Delete = False,
    param: kubeflow_access.Params = None,
    pipeline_root: kubeflow_access.PipelineRoot = None,
) -> None:
    """Run a compiled pipeline on a schedule, on current images.

    Takes one of --cron, --interval, --disable and --delete. Set the parameter
    data_digest to pin the images of every run.
    """
    trigger = _trigger(cron, interval, disable, delete)
    access = kubeflow_access.access(
        host=host,
        namespace=namespace,
        existing_token=existing_token,
        token_file=token_file,
        header=header,
        ca=ca,
    )
    from kubeflow.client import schedule

    job = _job(file, param, pipeline_root, experiment)
    name = name or job.package.name
    if not trigger:
        schedule.stop(
            job.experiment_name,
            access=access,
            name=name,
            how="delete" if delete else "disable",
        )
        return
    schedule.schedule(
        job.on_current_images(),
        access=access,
        name=name,
        trigger=trigger,
        screen=Console(),
    )


def _trigger(
    cron: str | None, interval: str | None, disable: bool, delete: bool
) -> dict[str, str | int]:
    """When a schedule starts runs; nothing if it is to be stopped."""
    if sum(map(bool, (cron, interval, disable, delete))) != 1:
        raise typer.BadParameter(
            "expected one of --cron, --interval, --disable and --delete."
        )
    if cron:
        return {"cron_expression": kubeflow_options.parse_cron(cron)}
    if interval:
        return {"interval_second": kubeflow_options.parse_interval(interval)}
    return {}


def _job(
    file: Path,
    param: list[str] | None,
    pipeline_root: str | None,
    experiment: str | None,
) -> Job:
    """The compiled file with the values of the command line."""
    from kubeflow.client import package
    from kubeflow.client.job import Job

    compiled = package.read(file)
    return Job(
        package=compiled,
        arguments=package.arguments(compiled, param or ()),
        pipeline_root=pipeline_root,
        experiment=experiment,
    )
