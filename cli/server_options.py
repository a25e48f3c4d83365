"""The options of the commands that talk to TF Serving."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from serving.target import Credentials

Images = Annotated[
    list[str],
    typer.Argument(
        metavar="IMAGE...",
        help="PNG or JPEG files, folders of them, or - for one on standard "
        "input.",
    ),
]
Transport = Annotated[
    Literal["grpc", "rest"],
    typer.Option(metavar="grpc|rest", help="The API to use."),
]
Server = Annotated[
    str,
    typer.Option(
        metavar="HOST:PORT",
        help="TF Serving's address, or https://HOST/PREFIX for TLS and, with "
        "REST, a URL prefix.",
        show_default="localhost:8500; localhost:8501 for rest",
    ),
]
RestServers = Annotated[
    list[str] | None,
    typer.Option(
        "--server",
        metavar="HOST:PORT",
        help="REST address of a server that must have loaded the version "
        "before the label moves; repeatable. A name stands for all its "
        "addresses.",
        show_default="localhost:8501, if one answers there",
    ),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The served model.",
        show_default="the root's only one, or cifar10",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        min=0.001, metavar="SECONDS", help="Per request, retries included."
    ),
]
BatchSize = Annotated[
    int,
    typer.Option(min=1, max=1024, metavar="N", help="Images per request."),
]
Authority = Annotated[
    Path | None,
    typer.Option(
        "--ca",
        metavar="FILE",
        help="Connect by TLS; the CA certificate that signed the server's.",
    ),
]
Certificate = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The client's own certificate, PEM."),
]
Key = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Its private key, PEM."),
]
Headers = Annotated[
    list[str] | None,
    typer.Option(
        "--header",
        metavar="NAME:VALUE",
        help="Sent with every request (gRPC: as metadata), such as an API "
        "key; @FILE reads it from a file; repeatable.",
    ),
]


def served_name(given: str | None, root: Path) -> str:
    """The name of the model to ask for.

    Args:
      given: by the user, or None.
      root: of the runs that pushed models; where only one model is, it is that.
    """
    from pipeline.datasets.config import DEFAULT
    from pipeline.paths import Paths
    from serving.versions import labels

    if given is not None:
        return given
    found = labels.models(Paths.under(root).serving)
    return found[0] if len(found) == 1 else DEFAULT


def skipped(paths: Sequence[Path]) -> None:
    """Names the images of other kinds that are in a folder."""
    from serving.images import listing

    print(f"skipped, neither PNG nor JPEG: {listing(paths)}", file=sys.stderr)


def credentials(
    authority: Path | None,
    certificate: Path | None,
    key: Path | None,
    headers: Iterable[str] | None,
) -> Credentials:
    """The credentials that these options describe.

    Raises:
      UserError: if a header is malformed, or a certificate has no key.
    """
    from serving.target import Credentials, parse_header

    return Credentials(
        authority=authority,
        certificate=certificate,
        key=key,
        headers=tuple(map(parse_header, headers or ())),
    )
