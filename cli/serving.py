"""`cifar10 predict`, and the other commands about served models.

Importing this is cheap: each command imports what it needs when it runs, and
TensorFlow only where it predicts without a server.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import canary, checks, options, server_options, versions
from modules.common.errors import UserError

if TYPE_CHECKING:
    from serving.output import Answer
    from serving.predictions import Predictor


def predict(
    images: server_options.Images,
    server: server_options.Server = "localhost",
    transport: server_options.Transport = "grpc",
    model_name: server_options.ModelName = None,
    label: Annotated[
        str,
        typer.Option(
            metavar="stable|canary",
            help="The version's label; '' selects the newest loaded one.",
        ),
    ] = "stable",
    version: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Query this version, whatever its label."
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Predict without a server, from a pushed model's directory.",
        ),
    ] = None,
    batch_size: server_options.BatchSize = 32,
    timeout: server_options.Timeout = 10.0,
    ca: server_options.Authority = None,
    client_certificate: server_options.Certificate = None,
    client_key: server_options.Key = None,
    header: server_options.Headers = None,
    request_log: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Append a sample of the images and predictions, for "
            "`cifar10 drift`.",
        ),
    ] = None,
    log_share: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            metavar="SHARE",
            help="The share of the images to log.",
        ),
    ] = 1.0,
    top: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Show the N most probable classes."
        ),
    ] = 1,
    root: options.Root = options.ROOT,
    as_json: options.AsJson = False,
) -> int:
    """Classify images with a served or a pushed model.

    If an image cannot be classified, the others still are; the exit code is
    then 1. With --top, the class names are read from the model of that name
    under the root.
    """
    from serving import output
    from serving.images import read

    model_name = server_options.served_name(model_name, root)

    def ask(predictor: Predictor) -> int:
        found = output.answers(
            predictor, read(images, server_options.skipped), batch_size
        )
        names = _class_names(model or root / "serving" / model_name, top)
        return _print_answers(found, names, top=top, as_json=as_json)

    if model is not None:
        from pipeline.console import redirect
        from serving.local import LocalModel

        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with redirect.native_errors_dropped():
            loaded = LocalModel(model)
        return ask(loaded)
    from serving.client import Client
    from serving.quality.request_log import RequestLog

    log = RequestLog(request_log, log_share) if request_log else None
    with Client(
        server,
        transport=transport,
        model=model_name,
        label=label,
        version=version,
        timeout=timeout,
        credentials=server_options.credentials(
            ca, client_certificate, client_key, header
        ),
        log=log,
    ) as client:
        return ask(client)


def _class_names(directory: Path, top: int) -> tuple[str, ...]:
    """The classes in label order; none where they are not known or needed."""
    from serving import local

    try:
        return local.class_names(directory) if top > 1 else ()
    except UserError:
        return ()


def _print_answers(
    found: Iterable[Answer], names: Sequence[str], *, top: int, as_json: bool
) -> int:
    """Prints the answers as they come, or all in a table; the exit code."""
    from modules.common.console import Console
    from serving import output

    failed, rows = 0, []
    for answer in found:
        failed += answer.prediction is None
        if as_json:
            print(output.json_line(answer), flush=True)
        else:
            rows.append(answer)
    if not as_json:
        Console().print(output.table(rows, top, names))
    if failed:
        raise UserError(
            f"{failed} of the images could not be predicted; the others were."
        )
    return 0


def add_to(app: typer.Typer) -> None:
    """Adds the commands about served models to the command line."""
    for command in (
        predict,
        versions.models,
        versions.label,
        versions.promote,
        versions.rollback,
        versions.deliver,
        versions.prune,
        canary.canary,
        checks.drift,
        checks.tflite,
    ):
        app.command(command.__name__)(command)
