"""`cifar10 models`, `label`, `promote`, `rollback`, `deliver` and `prune`.

They change files only; a server is only asked for what it has loaded.
Importing this is cheap: each command imports what it needs when it runs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli import options, server_options

if TYPE_CHECKING:
    from serving.versions.labels import AwaitLoaded, Moved

LOADING_TIMEOUT = 120.0

Version = Annotated[
    int, typer.Argument(metavar="VERSION", help="A pushed version.")
]
OnlyModel = Annotated[
    str | None,
    typer.Option(
        "--model-name",
        metavar="NAME",
        help="The model.",
        show_default="the only one that has that version",
    ),
]
Loading = Annotated[
    float,
    typer.Option(
        "--timeout",
        min=0,
        metavar="SECONDS",
        help="Maximum time for servers to load the version.",
    ),
]


def models(
    root: options.Root = options.ROOT, as_json: options.AsJson = False
) -> None:
    """List the pushed versions: labels, accuracy, lineage.

    A version whose files differ from the pushed ones is marked INCOMPLETE.
    """
    from modules.common.console import Console
    from pipeline.paths import Paths
    from serving.versions import registry

    paths = Paths.under(root)
    found = registry.list_versions(paths)
    if as_json:
        for version in found:
            print(registry.json_line(version))
    elif found:
        Console().print(*registry.tables(found), sep="\n")
    else:
        print(f"no model has been pushed to {paths.serving}", file=sys.stderr)


def label(
    version: Version,
    name: Annotated[
        Literal["stable", "canary"],
        typer.Argument(metavar="stable|canary", help="The label."),
    ],
    root: options.Root = options.ROOT,
    model_name: OnlyModel = None,
    server: server_options.RestServers = None,
    timeout: Loading = LOADING_TIMEOUT,
    ca: server_options.Authority = None,
    header: server_options.Headers = None,
) -> None:
    """Put a label on a version.

    The version's files are verified and servers load it before the label moves,
    so that no request fails.
    """
    from serving.versions import moves

    serving_root = _serving_root(root)
    model = model_name or moves.model_of(serving_root, version)
    loaded = _loading(server, timeout, ca, header)
    _print(model, moves.label(serving_root, model, version, name, loaded))


def promote(
    version: Annotated[
        int | None,
        typer.Argument(
            metavar="VERSION",
            help="A pushed version, newer than the stable one.",
            show_default="the canary",
        ),
    ] = None,
    root: options.Root = options.ROOT,
    model_name: OnlyModel = None,
    server: server_options.RestServers = None,
    timeout: Loading = LOADING_TIMEOUT,
    ca: server_options.Authority = None,
    header: server_options.Headers = None,
) -> None:
    """Make the canary, or a newer version, the stable one."""
    from serving.versions import moves

    serving_root = _serving_root(root)
    model = model_name or moves.model_of(serving_root, version)
    loaded = _loading(server, timeout, ca, header)
    _print(model, moves.promote(serving_root, model, version, loaded))


def rollback(
    version: Annotated[
        int | None,
        typer.Argument(
            metavar="VERSION",
            help="A pushed version, older than the stable one.",
            show_default="the previous stable one",
        ),
    ] = None,
    root: options.Root = options.ROOT,
    model_name: OnlyModel = None,
    server: server_options.RestServers = None,
    timeout: Loading = LOADING_TIMEOUT,
    ca: server_options.Authority = None,
    header: server_options.Headers = None,
) -> None:
    """Go back to the previous stable version, or to an older one.

    The previous version is kept loaded, so the switch is immediate. Nothing is
    deleted.
    """
    from serving.versions import moves

    serving_root = _serving_root(root)
    model = model_name or moves.model_of(serving_root, version)
    loaded = _loading(server, timeout, ca, header)
    _print(model, moves.rollback(serving_root, model, version, loaded))


def deliver(
    version: Version,
    destination: Annotated[
        Path,
        typer.Argument(
            metavar="DESTINATION",
            help="Another root, such as a mounted volume; the version goes to "
            "DESTINATION/serving/NAME/VERSION.",
        ),
    ],
    root: options.Root = options.ROOT,
    model_name: OnlyModel = None,
) -> None:
    """Copy a version to another root, atomically.

    The copy is verified and readable by every user. No label moves.
    """
    from serving.versions import moves
    from serving.versions.deliver import deliver

    serving_root = _serving_root(root)
    model = model_name or moves.model_of(serving_root, version)
    there = _serving_root(destination)
    print(deliver(serving_root, model, version, there))


def prune(
    keep: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="The newest versions to keep."),
    ],
    root: options.Root = options.ROOT,
    model_name: OnlyModel = None,
) -> None:
    """Delete old versions.

    The newest N and all labelled versions are kept, and so are incomplete ones,
    which may still be being copied.
    """
    from serving.versions import moves
    from serving.versions.prune import prune

    serving_root = _serving_root(root)
    model = model_name or moves.model_of(serving_root, None)
    deleted = prune(serving_root, model, keep)
    for version in deleted:
        print(f"{model}: deleted version {version}")
    if not deleted:
        print(f"{model}: nothing to delete")


def _serving_root(root: Path) -> Path:
    from pipeline.paths import Paths

    return Paths.under(root).serving


def _loading(
    servers: list[str] | None,
    timeout: float,
    ca: Path | None,
    header: list[str] | None,
) -> AwaitLoaded:
    from serving.versions.loading import Servers

    credentials = server_options.credentials(ca, None, None, header)
    return Servers(
        servers or (),
        credentials,
        timeout,
        lambda words: print(words, file=sys.stderr),
    ).await_loaded


def _print(model: str, moved: Iterable[Moved]) -> None:
    for each in moved:
        print(
            f"{model}: {each.label} is version {each.version}, "
            f"was {each.before or 'none'}"
        )
