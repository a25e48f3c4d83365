"""The command line's `cifar10 kubeflow`."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kubeflow.image import default_image, require_tag
from pipeline import options

app = typer.Typer(help="Kubeflow Pipelines 2.x.")


def parse_volume(text: str) -> tuple[str, str]:
    """`data=/mnt/data` as the claim and the directory.

    Raises:
      typer.BadParameter: if it is not CLAIM=DIR with an absolute directory.
    """
    claim, _, directory = text.partition("=")
    if not claim or not directory.startswith("/"):
        raise typer.BadParameter(
            f"found {text!r}, expected CLAIM=DIR, for example "
            "cifar10-data=/mnt/data."
        )
    return claim, directory


@app.command("compile")
def compile_command(
    output: Annotated[
        Path, typer.Option(metavar="FILE", help="The YAML file to write.")
    ] = Path("cifar10.yaml"),
    image: Annotated[
        str | None,
        typer.Option(
            metavar="NAME:TAG",
            help="The image of all steps.",
            show_default=default_image(),
        ),
    ] = None,
    data: options.Data = "auto",
    data_uri: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where the steps find the same images.",
            show_default="where they are here",
        ),
    ] = None,
    serving: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="Where the steps push models, on a volume."
        ),
    ] = Path("/mnt/serving"),
    volume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CLAIM=DIR",
            help="A PersistentVolumeClaim and where the steps see it; "
            "repeatable.",
        ),
    ] = None,
    gpus: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="GPUs of each Trainer or Tuner."),
    ] = 0,
    preset: options.Preset = None,
    seed: options.Seed = 0,
    cap: options.Caps = None,
    cache: options.Cache = None,
) -> int:
    """Compile the pipeline to one YAML file."""
    from pipeline import data_source, run

    image = image or default_image()
    require_tag(image)
    volumes = dict(map(parse_volume, volume or []))
    request = run.Request(
        data=data,
        preset=preset,
        root=Path(),
        seed=seed,
        caps=dict(map(options.parse_cap, cap or [])),
        cache=options.cache_directory(cache, os.environ),
    )
    config = run.configure(request, sample=False)
    source = data_source.resolve(
        data,
        cache=request.cache,
        class_names=config.dataset.class_names,
        image_size=config.dataset.image_size,
    )
    config = run.configure(request, sample=source.sample)
    if data_uri:
        source = dataclasses.replace(source, uri=str(data_uri))

    from kubeflow import compile as compiler
    from kubeflow.cluster import Cluster

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    documents = compiler.compile_pipeline(
        config,
        source=source,
        serving=serving.absolute(),
        image=image,
        cluster=Cluster(volumes=volumes, gpus=gpus),
    )
    compiler.write(documents, output)
    Console().print(
        f"{output}: preset {config.preset}, {source.description}, {image}",
        soft_wrap=True,
        highlight=False,
    )
    return 0


@app.command("submit")
def submit_command(
    host: Annotated[
        str,
        typer.Option(metavar="URL", help="Kubeflow Pipelines, with http(s)://"),
    ],
    file: Annotated[
        Path, typer.Option(metavar="FILE", help="What was compiled.")
    ] = Path("cifar10.yaml"),
    pipeline_root: Annotated[
        str | None,
        typer.Option(
            metavar="URI",
            help="Where artifacts go, such as minio://bucket/path.",
            show_default="Kubeflow's own",
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Watch the run to its end.")
    ] = False,
) -> int:
    """Run a compiled pipeline on a cluster.

    With --wait, the exit code is 1 where the run does not succeed.
    """
    from kubeflow.submit import submit

    succeeded = submit(
        file,
        host=host,
        pipeline_root=pipeline_root,
        wait=wait,
        screen=Console(),
    )
    return 0 if succeeded else 1
