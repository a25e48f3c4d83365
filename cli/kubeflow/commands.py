"""`cifar10 kubeflow`: its commands, and the one that compiles."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import options
from cli.kubeflow import client as kubeflow_client
from cli.kubeflow import options as kubeflow_options
from cli.sharing import choice, takes
from kubeflow.compiler import grants
from kubeflow.compiler.cluster import Cluster
from kubeflow.image.name import default_image, require_tag
from modules.common.console import Console
from pipeline import beam, revision
from pipeline.configs import TunedModels
from pipeline.request import Choices, Request, help_of

if TYPE_CHECKING:
    from kubeflow.parameters import Parameters
    from pipeline.data.source import DataSource

SERVING = Path("/mnt/serving")

app = typer.Typer()


@app.callback(invoke_without_command=True)
def kubeflow(context: typer.Context) -> None:
    """Compile for, run on and schedule on Kubeflow Pipelines 2.x."""
    options.help_without_command(context)


@app.command("compile")
@takes(options.request, without=["root", "quiet", "verbose"])
def compile_command(
    request: Request,
    output: kubeflow_options.Output = None,
    image: kubeflow_options.Image = None,
    data_uri: kubeflow_options.DataUri = None,
    serving: kubeflow_options.Serving = SERVING,
    volume: kubeflow_options.Volumes = None,
    secret: kubeflow_options.Secrets = None,
    secret_volume: kubeflow_options.SecretVolumes = None,
    node_selector: kubeflow_options.NodeSelector = None,
    toleration: kubeflow_options.Tolerations = None,
    gpus: kubeflow_options.Gpus = 0,
    restricted: kubeflow_options.Restricted = False,
    trainer_node_selector: kubeflow_options.TrainerNodeSelector = None,
    trainer_toleration: kubeflow_options.TrainerTolerations = None,
    tune: Annotated[
        TunedModels, choice(Choices, "tune", help_of("tune"))
    ] = "none",
) -> int:
    """Compile the pipeline to one YAML file.

    Data, preset, seed, search and push destination are defaults that each run
    can override; everything else is fixed.
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
        restricted=restricted,
    )
    output = output or Path(f"{request.dataset.name}.yaml")
    kubeflow_options.require_yaml(output)
    image = image or default_image()
    require_tag(image)
    request = dataclasses.replace(request, tune=tune)
    from kubeflow.compiler.prepare import prepare

    parameters, source = prepare(request, data_uri, serving.absolute())
    arguments = beam.container_arguments(image, request.beam)
    _write(parameters, source, image, cluster, output, arguments)
    return 0


app.command("submit")(kubeflow_client.submit_command)
app.command("upload")(kubeflow_client.upload_command)
app.command("schedule")(kubeflow_client.schedule_command)


def _write(
    parameters: Parameters,
    source: DataSource,
    image: str,
    cluster: Cluster,
    output: Path,
    beam_arguments: tuple[str, ...],
) -> None:
    """Compiles the file and prints its default parameters."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from pipeline.console import redirect

    with redirect.native_errors_dropped():
        from kubeflow.compiler import compile as compiler

    documents = compiler.compile_pipeline(
        parameters,
        source=source,
        image=image,
        cluster=cluster,
        commit=revision.commit(),
        beam_arguments=beam_arguments,
    )
    compiler.write(documents, output)
    Console().print(
        f"{output}: preset {parameters.preset}, {source.description}, {image}\n"
        f"data digest {source.digest}",
        soft_wrap=True,
        highlight=False,
    )
