"""The command line's options that several commands have."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.configs import PresetName, Tuned
from pipeline.console.searches import SearchRequest

if TYPE_CHECKING:
    from pipeline.run import Request

ROOT = Path("runs")
NO_SEARCH = SearchRequest()

Root = Annotated[
    Path, typer.Option(metavar="DIR", help="Where the runs write everything.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON lines instead of a table.")
]

Data = Annotated[
    str,
    typer.Option(
        metavar="auto|sample|PATH",
        help="The images: 'auto' takes the cache, else a download, else "
        "the built-in sample; or a .tar.gz archive, its directory, or an "
        "image folder.",
    ),
]
Preset = Annotated[
    PresetName | None,
    typer.Option(
        metavar="smoke|cpu|gpu",
        help="Sizes, schedules and gates.",
        show_default="cpu; smoke on the built-in sample",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        min=0,
        max=2**31 - 1,
        metavar="N",
        help="The one source of randomness.",
    ),
]
Caps = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=N",
        help="The most training images of a class; repeatable.",
    ),
]
Cache = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Where downloaded and extracted data is kept.",
        show_default="~/.cache/tfx-cifar10",
    ),
]
Tune = Annotated[
    Tuned,
    typer.Option(
        metavar="none|autoencoder|classifier|both",
        help="Whose hyperparameters are searched for; 'tune' has more.",
    ),
]


def request(
    *,
    data: str,
    preset: PresetName | None,
    seed: int,
    cap: Iterable[str] | None,
    cache: Path | None,
    root: Path = ROOT,
    search: SearchRequest = NO_SEARCH,
) -> Request:
    """What the options of those names amount to.

    Raises:
      typer.BadParameter: if a cap is not NAME=N.
    """
    from pipeline.run import Request

    return Request(
        data=data,
        preset=preset,
        root=root.expanduser(),
        seed=seed,
        caps=dict(map(parse_cap, cap or ())),
        cache=cache_directory(cache, os.environ),
        search=search,
    )


def cache_directory(cache: Path | None, environment: Mapping[str, str]) -> Path:
    """`cache`, or the one of the XDG convention."""
    if cache is None:
        base = environment.get("XDG_CACHE_HOME") or "~/.cache"
        cache = Path(base) / "tfx-cifar10"
    return cache.expanduser()


def parse_cap(text: str) -> tuple[str, int]:
    """`bird=2500` as its name and number.

    Raises:
      typer.BadParameter: if it is not NAME=N.
    """
    name, _, number = text.partition("=")
    try:
        return name.strip(), int(number)
    except ValueError:
        raise typer.BadParameter(
            f"found {text!r}, expected NAME=N, for example bird=2500."
        ) from None
