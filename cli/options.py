"""The command line's options that several commands have.

A command that runs the pipeline takes them all at once: `@takes(request)` adds
the options of `request` to its own, and hands it the result.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from cli.sharing import choice, number
from modules.common.fields import any_of
from modules.common.home import expanded
from modules.tuning.config import SearchConfig
from pipeline import beam, overrides, presets
from pipeline.configs import ConfigError
from pipeline.data import derive
from pipeline.datasets import files
from pipeline.datasets.config import DatasetConfig
from pipeline.preset_file import SUFFIX, PresetFile
from pipeline.request import Choices, Request, help_of

ROOT = Path("runs")

Root = Annotated[
    Path, typer.Option(metavar="DIR", help="The directory that runs write to.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON lines instead of a table.")
]
Data = Annotated[
    str,
    typer.Option(
        metavar="auto|sample|PATH",
        help="The images: 'auto' (the cache, else a download, else the "
        "built-in sample), 'sample', a .tar.gz archive, its extracted "
        "directory, or an image folder.",
    ),
]
Dataset = Annotated[
    str | None,
    typer.Option(
        metavar=f"NAME|FILE{SUFFIX}",
        help=f"{help_of('dataset')} {', '.join(files.names())}, or a file.",
        show_default="cifar10; the classes of an image folder",
        autocompletion=lambda: list(files.names()),
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        metavar="|".join([*presets.PRESETS, f"FILE{SUFFIX}"]),
        help=f"{help_of('preset')} A file names a base and its changes.",
        show_default=f"{presets.default_name(sample=False)}; "
        f"{presets.default_name(sample=True)} on the built-in sample",
        autocompletion=lambda: list(presets.PRESETS),
    ),
]
Seed = Annotated[int, number(Choices, "seed", "N", help_of("seed"))]
AcceptData = Annotated[
    bool, typer.Option("--accept-data", help=help_of("accept_data"))
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SECTION.NAME=VALUE",
        help=f"{help_of('overrides')} For example classifier.epochs=12; "
        "repeatable.",
    ),
]
Caps = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=N",
        help="Maximum training images of a class; repeatable. Short for "
        "--set sampling.caps.NAME=N.",
    ),
]
Cache = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="The directory for downloaded and extracted data.",
        show_default="~/.cache/tfx-cifar10",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print only the verdict and errors."),
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Print the log as well.")
]
Runner = Annotated[
    str,
    typer.Option(
        metavar="|".join([*get_args(beam.Runner), f"FILE{beam.SUFFIX}"]),
        help="Where Beam runs; a file is a profile, see docs/SCALING.md.",
    ),
]
BeamArgs = Annotated[
    list[str] | None,
    typer.Option(
        "--beam-arg",
        metavar="--NAME=VALUE",
        help="A further argument for Beam; repeatable.",
    ),
]
Strategy = choice(
    SearchConfig,
    "strategy",
    "How the search chooses values.",
    show_default="the preset's",
)
Trials = number(
    SearchConfig,
    "trials",
    "N",
    "Maximum number of trials of a search.",
    show_default="the preset's",
)
Budget = number(
    SearchConfig,
    "minutes",
    "MINUTES",
    "Maximum time of a search, in total, across resumed runs.",
    show_default="the preset's",
)
ScheduleShare = number(
    SearchConfig,
    "schedule_share",
    "SHARE",
    "Epochs of a trial as a share of the full schedule's; at least one.",
    show_default="the preset's",
)


def request(
    data: Data = "auto",
    dataset: Dataset = None,
    preset: Preset = None,
    root: Root = ROOT,
    seed: Seed = 0,
    set_: Set = None,
    cap: Caps = None,
    accept_data: AcceptData = False,
    cache: Cache = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    runner: Runner = "local",
    beam_arg: BeamArgs = None,
) -> Request:
    """The request that these options describe.

    Raises:
      typer.BadParameter: if an option is invalid.
      UserError: if the preset file is invalid.
    """
    if quiet and verbose:
        raise typer.BadParameter("expected one of --quiet and --verbose.")
    file = None
    if preset and preset.endswith(SUFFIX):
        file = PresetFile.read(expanded(preset))
    elif preset and preset not in presets.PRESETS:
        known = [*presets.PRESETS, f"a {SUFFIX} file"]
        raise typer.BadParameter(
            f"the preset is {preset!r}, expected {any_of(known)}."
        )
    return Request(
        data=data,
        dataset=chosen_dataset(data, dataset),
        preset=file.base if file else preset,
        file=file,
        root=expanded(root),
        seed=seed,
        accept_data=accept_data,
        overrides={
            **(file.overrides if file else {}),
            **class_caps(cap or ()),
            **parse_overrides(set_ or ()),
        },
        cache=cache_directory(cache, os.environ),
        verbosity="quiet" if quiet else "verbose" if verbose else "normal",
        beam=beam.Profile.of(runner, beam_arg or ()),
    )


def chosen_dataset(data: str, dataset: str | None) -> DatasetConfig:
    """The data set of a request.

    Raises:
      UserError: if its file or folder is not usable, or states values that no
        preset can have.
    """
    found = derive.choose(data, dataset)
    try:
        presets.cpu(found)
    except ConfigError as error:
        raise ConfigError(f"the data set {found.name}: {error}") from error
    return found


def help_without_command(context: typer.Context) -> None:
    """Prints the help of a group of commands that was called without one."""
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit


def cache_directory(cache: Path | None, environment: Mapping[str, str]) -> Path:
    """`cache`, or the one of the XDG convention."""
    base = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return expanded(cache or Path(base) / "tfx-cifar10")


def parse_overrides(texts: Iterable[str]) -> dict[str, Any]:
    """Parses `classifier.epochs=12` and the like into values by path.

    Raises:
      typer.BadParameter: if a path does not exist or its value is invalid.
    """
    try:
        return overrides.parse(texts, presets.cpu())
    except ConfigError as error:
        raise typer.BadParameter(str(error)) from error


def class_caps(texts: Iterable[str]) -> dict[str, int]:
    """`bird=2500` and the like as overrides.

    Raises:
      typer.BadParameter: if one of them is not NAME=N.
    """
    found = {}
    for text in texts:
        name, _, cap = text.partition("=")
        try:
            found[f"sampling.caps.{name.strip()}"] = int(cap)
        except ValueError:
            raise typer.BadParameter(
                f"found {text!r}, expected NAME=N, for example bird=2500."
            ) from None
    return found
