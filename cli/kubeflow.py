"""The command line's `cifar10 kubeflow`."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import kubeflow_options as kubeflow_options
from cli import options
from kubeflow.compiler import grants
from kubeflow.compiler.cluster import Cluster
from kubeflow.image.name import default_image, require_tag
from modules.common.console import Console
from pipeline.configs import TunedModels
from pipeline.request import Choices, Request, help_of

if TYPE_CHECKING:
    from kubeflow.parameters import Parameters
    from pipeline.data.source import DataSource

FILE = Path("cifar10.yaml")
SERVING = Path("/mnt/serving")

app = typer.Typer()


@app.callback(invoke_without_command=True)
def kubeflow(context: typer.Context) -> None:
    """Compile for, run on and schedule on Kubeflow Pipelines 2.x."""
    options.help_without_command(context)


@app.command("compile")
@options.takes(options.request, without=["root"])
def compile_command(
    request: Request,
    output: kubeflow_options.Output = FILE,
    image: kubeflow_options.Image = None,
    data_uri: kubeflow_options.DataUri = None,
    serving: kubeflow_options.Serving = SERVING,
    volume: kubeflow_options.Volumes = None,
    secret: kubeflow_options.Secrets = None,
    secret_volume: kubeflow_options.SecretVolumes = None,
    node_selector: kubeflow_options.NodeSelector = None,
    toleration: kubeflow_options.Tolerations = None,
    gpus: kubeflow_options.Gpus = 0,
    trainer_node_selector: kubeflow_options.TrainerNodeSelector = None,
    trainer_toleration: kubeflow_options.TrainerTolerations = None,
    tune: Annotated[
        TunedModels, options.choice(Choices, "tune", help_of("tune"))
    ] = "none",
) -> int:
    """Compile the pipeline to one YAML file.

    Data, preset, seed, what is tuned and the place to push to are what a run
    does unless it is told otherwise; all else stays as compiled.
    """
    cluster = Cluster(
        volumes=grants.places(volume or ()),
        secrets=grants.places(secret_volume or ()),
        variables=tuple(map(grants.variable, secret or ())),
        nodes=grants.nodes(node_selector or (), toleration or ()),
        trainer_nodes=grants.nodes(
            trainer_node_selector or (), trainer_toleration or ()
        ),
        gpus=gpus,
    )
    kubeflow_options.require_yaml(output)
    image = image or default_image()
    require_tag(image)
    request = dataclasses.replace(request, tune=tune)
    from kubeflow.compiler.prepare import prepare

    parameters, source = prepare(request, data_uri, serving.absolute())
    _write(parameters, source, image, cluster, output)
    return 0


def _write(
    parameters: Parameters,
    source: DataSource,
    image: str,
    cluster: Cluster,
    output: Path,
) -> None:
    """Compiles the file and says what it is for."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from kubeflow.compiler import compile as compiler

    documents = compiler.compile_pipeline(
        parameters, source=source, image=image, cluster=cluster
    )
    compiler.write(documents, output)
    Console().print(
        f"{output}: preset {parameters.preset}, {source.description}, {image}\n"
        f"data digest {source.digest}",
        soft_wrap=True,
        highlight=False,
    )


@app.command("submit")
def submit_command(
    host: kubeflow_options.Host,
    file: kubeflow_options.File = FILE,
    param: kubeflow_options.Params = None,
    pipeline_root: kubeflow_options.PipelineRoot = None,
    wait: kubeflow_options.Wait = False,
) -> int:
    """Run a compiled pipeline on a cluster.

    With --wait, the exit code is 1 where the run does not succeed.
    """
    from kubeflow.client import package
    from kubeflow.client.submit import submit

    compiled = package.read(file)
    succeeded = submit(
        compiled,
        host=host,
        arguments=package.arguments(compiled, param or ()),
        pipeline_root=pipeline_root,
        wait=wait,
        screen=Console(),
    )
    return 0 if succeeded else 1


@app.command("schedule")
def schedule_command(
    host: kubeflow_options.Host,
    file: kubeflow_options.File = FILE,
    name: kubeflow_options.ScheduleName = None,
    cron: kubeflow_options.Cron = None,
    interval: kubeflow_options.Interval = None,
    disable: kubeflow_options.Disable = False,
    delete: kubeflow_options.Delete = False,
    param: kubeflow_options.Params = None,
    pipeline_root: kubeflow_options.PipelineRoot = None,
) -> None:
    """Run a compiled pipeline again and again, on the images as they are then.

    One of --cron, --interval, --disable and --delete. With the parameter
    data_digest, all runs are on those very images.
    """
    if sum(map(bool, (cron, interval, disable, delete))) != 1:
        raise typer.BadParameter(
            "expected one of --cron, --interval, --disable and --delete."
        )
    trigger: dict[str, str | int] = {}
    if cron:
        trigger["cron_expression"] = kubeflow_options.parse_cron(cron)
    if interval:
        trigger["interval_second"] = kubeflow_options.parse_interval(interval)
    from kubeflow.client import package, schedule

    compiled = package.read(file)
    name = name or compiled.name
    if not trigger:
        schedule.stop(
            compiled,
            host=host,
            name=name,
            how="delete" if delete else "disable",
        )
        return
    arguments = package.arguments(compiled, param or ())
    if "data_digest" in compiled.kinds:
        arguments.setdefault("data_digest", "")
    schedule.schedule(
        compiled,
        host=host,
        name=name,
        trigger=trigger,
        arguments=arguments,
        pipeline_root=pipeline_root,
        screen=Console(),
    )
