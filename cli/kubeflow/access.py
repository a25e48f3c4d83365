"""The options of every `cifar10 kubeflow` command that talks to a cluster.

Those of the connection also read the environment variables of Kubeflow's own
tools: `KF_PIPELINES_…` as its SDK does, `KFP_…` as its command line does.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kubeflow.client.connection import Access

Host = Annotated[
    str,
    typer.Option(
        metavar="URL",
        envvar="KF_PIPELINES_ENDPOINT",
        help="Kubeflow Pipelines, with http(s)://",
    ),
]
Namespace = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        envvar="KFP_NAMESPACE",
        help="The namespace of your runs, on a multi-user installation.",
    ),
]
ExistingToken = Annotated[
    str | None,
    typer.Option(
        metavar="TOKEN",
        envvar="KFP_EXISTING_TOKEN",
        help="A bearer token to authenticate with.",
        show_envvar=True,
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        envvar="KF_PIPELINES_SA_TOKEN_PATH",
        help="A file with such a token, as Kubernetes mounts and renews it.",
    ),
]
Headers = Annotated[
    list[str] | None,
    typer.Option(
        "--header",
        metavar="NAME=VALUE",
        help="An HTTP header of every request, such as Cookie=…; repeatable.",
    ),
]
Ca = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The CA certificate that signed the host's certificate, PEM.",
    ),
]
Experiment = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        envvar="KF_PIPELINES_DEFAULT_EXPERIMENT_NAME",
        help="The experiment that the runs are listed under.",
        show_default="the pipeline's name",
    ),
]
File = Annotated[Path, typer.Option(metavar="FILE", help="The compiled file.")]
PipelineRoot = Annotated[
    str | None,
    typer.Option(
        metavar="URI",
        help="Where artifacts go, such as minio://bucket/path.",
        show_default="Kubeflow's own",
    ),
]
Params = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="A parameter of the compiled file, such as seed=1; repeatable.",
    ),
]
Wait = Annotated[
    bool, typer.Option("--wait", help="Watch the run until it ends.")
]
Retries = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="With --wait: resubmit a run up to N times if it failed because "
        "of the cluster, not a step.",
    ),
]
Version = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The name of the version.",
        show_default="the commit that the file was compiled from",
    ),
]

_HEADER = re.compile(r"([\w-]+)=(\S.*)")


def access(
    *,
    host: str,
    namespace: str | None,
    existing_token: str | None,
    token_file: Path | None,
    header: list[str] | None,
    ca: Path | None,
) -> Access:
    """The options of the connection, together.

    Raises:
      typer.BadParameter: if a header is not NAME=VALUE.
    """
    from kubeflow.client.connection import Access

    headers = {}
    for text in header or ():
        if not (match := _HEADER.fullmatch(text)):
            raise typer.BadParameter(
                f"found the header {text!r}, expected NAME=VALUE, for example "
                "kubeflow-userid=user@example.org."
            )
        headers[match[1]] = match[2]
    return Access(
        host=host,
        namespace=namespace,
        token=existing_token,
        token_file=token_file,
        headers=headers,
        ca=ca,
    )
