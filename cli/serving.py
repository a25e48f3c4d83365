"""`cifar10 predict`, `models` and `rollback`.

Importing this is cheap: each command imports what it needs when it runs, and
TensorFlow only where it predicts without a server.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli import options
from modules.common.errors import UserError

if TYPE_CHECKING:
    from serving.output import Answer
    from serving.predictions import Predictor


def predict(
    images: Annotated[
        list[str],
        typer.Argument(
            metavar="IMAGE...",
            help="PNG or JPEG files, folders of them, or - for one on the "
            "standard input.",
        ),
    ],
    server: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Where TF Serving is.",
            show_default="localhost:8500; localhost:8501 for rest",
        ),
    ] = "localhost",
    transport: Annotated[
        Literal["grpc", "rest"],
        typer.Option(metavar="grpc|rest", help="How to ask it."),
    ] = "grpc",
    model_name: Annotated[
        str, typer.Option(metavar="NAME", help="Which model to ask.")
    ] = "cifar10",
    label: Annotated[
        str,
        typer.Option(metavar="stable|canary", help="Which version, by label."),
    ] = "stable",
    version: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="This very version, whatever its label."
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Predict without a server, from a pushed model's directory.",
        ),
    ] = None,
    batch_size: Annotated[
        int,
        typer.Option(min=1, max=1024, metavar="N", help="Images in a request."),
    ] = 32,
    timeout: Annotated[
        float,
        typer.Option(
            min=0.001, metavar="SECONDS", help="For a request and its retries."
        ),
    ] = 10.0,
    as_json: options.AsJson = False,
) -> int:
    """Say what is in images, with a served or a pushed model.

    The exit code is 1 where an image could not be predicted; the others are.
    """
    from serving import output
    from serving.images import read

    def ask(predictor: Predictor) -> int:
        found = output.answers(predictor, read(images), batch_size)
        return _print_answers(found, as_json=as_json)

    if model is not None:
        from serving.local import LocalModel

        return ask(LocalModel(model))
    from serving.client import Client

    with Client(
        server,
        transport=transport,
        model=model_name,
        label=label,
        version=version,
        timeout=timeout,
    ) as client:
        return ask(client)


def _print_answers(found: Iterable[Answer], *, as_json: bool) -> int:
    """Prints the answers as they come, or all in a table; the exit code."""
    from rich.console import Console

    from serving import output

    failed, rows = 0, []
    for answer in found:
        failed += answer.prediction is None
        if as_json:
            print(output.json_line(answer), flush=True)
        else:
            rows.append(answer)
    if not as_json:
        Console().print(output.table(rows))
    if failed:
        raise UserError(
            f"{failed} of the images could not be predicted; the others were."
        )
    return 0


def models(
    root: options.Root = options.ROOT, as_json: options.AsJson = False
) -> None:
    """List the pushed versions: labels, accuracy, blessing, lineage."""
    from rich.console import Console

    from pipeline.paths import Paths
    from serving import registry

    paths = Paths.under(root.expanduser())
    found = registry.list_versions(paths.serving, paths.logs)
    if as_json:
        for version in found:
            print(registry.json_line(version))
    elif found:
        Console().print(*registry.tables(found), sep="\n")
    else:
        print(f"no model has been pushed to {paths.serving}", file=sys.stderr)


def rollback(
    version: Annotated[
        int, typer.Argument(metavar="VERSION", help="A pushed version.")
    ],
    root: options.Root = options.ROOT,
    model_name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The model, where several have that version.",
            show_default="the one that has that version",
        ),
    ] = None,
    label: Annotated[
        Literal["stable", "canary"] | None,
        typer.Option(
            metavar="stable|canary",
            help="The label to move.",
            show_default="both",
        ),
    ] = None,
) -> None:
    """Serve another version: move the labels to it, back or forward.

    Nothing is deleted. A server that watches models.config follows within
    seconds.
    """
    from pipeline.paths import Paths
    from serving import labels

    serving_root = Paths.under(root.expanduser()).serving
    name = model_name or labels.model_of(serving_root, version)
    moved = labels.LABELS if label is None else (label,)
    before = labels.assign(serving_root, name, version, moved)
    for each in moved:
        was = before.get(each)
        print(f"{name}: {each} is version {version}, was {was or 'none'}")
