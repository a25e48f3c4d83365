"""The options of `cifar10 kubeflow compile` and `schedule`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from kubeflow.image.name import default_image
from kubeflow.yaml_file import SUFFIXES

FILE = Path("cifar10.yaml")
"""The compiled file of the default data set."""

Restricted = Annotated[
    bool,
    typer.Option(
        "--restricted",
        help="Satisfy the pod security standard 'restricted'; needs Kubeflow "
        "Pipelines 2.16.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The YAML file to write.",
        show_default="the data set's name, such as cifar10.yaml",
    ),
]
Image = Annotated[
    str | None,
    typer.Option(
        metavar="NAME:TAG",
        help="The image of all steps.",
        show_default=default_image(),
    ),
]
DataUri = Annotated[
    str | None,
    typer.Option(
        metavar="DIR",
        help="The directory where the steps find the images.",
        show_default="the same as here; the sample is generated",
    ),
]
Serving = Annotated[
    Path,
    typer.Option(
        metavar="DIR",
        help="The directory on a volume to push models to.",
    ),
]
Volumes = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CLAIM=DIR",
        help="A PersistentVolumeClaim and its mount point; repeatable.",
    ),
]
SecretVolumes = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=DIR",
        help="A Secret to mount, its keys as files; repeatable.",
    ),
]
Secrets = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME:KEY=ENV",
        help="A Secret's key as an environment variable; repeatable.",
    ),
]
NodeSelector = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="A required label of the steps' nodes; repeatable.",
    ),
]
TrainerNodeSelector = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="A required label of the Trainers' and Tuners' nodes; repeatable.",
    ),
]
Tolerations = Annotated[
    list[str] | None,
    typer.Option(
        "--toleration",
        metavar="KEY[=VALUE]:EFFECT",
        help="A node taint that the steps tolerate; repeatable.",
    ),
]
TrainerTolerations = Annotated[
    list[str] | None,
    typer.Option(
        "--trainer-toleration",
        metavar="KEY[=VALUE]:EFFECT",
        help="A node taint that Trainers and Tuners tolerate; repeatable.",
    ),
]
Gpus = Annotated[
    int,
    typer.Option(min=0, metavar="N", help="GPUs for each Trainer and Tuner."),
]
ScheduleName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The schedule's name; an existing one is replaced.",
        show_default="the pipeline's name",
    ),
]
Cron = Annotated[
    str | None,
    typer.Option(
        metavar="EXPRESSION",
        help="Minute, hour, day, month and weekday, such as '0 3 * * 0', "
        "optionally after a field of seconds.",
    ),
]
Interval = Annotated[
    str | None,
    typer.Option(metavar="N[s|m|h|d]", help="Time between runs, such as 12h."),
]
Disable = Annotated[
    bool,
    typer.Option(
        "--disable", help="Keep the schedule, but start no more runs."
    ),
]
Delete = Annotated[bool, typer.Option("--delete", help="Remove the schedule.")]

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}
_INTERVAL = re.compile(r"([1-9]\d{0,8})([smhd]?)")
_CRON = re.compile(r"[\d*?/,A-Za-z-]+( [\d*?/,A-Za-z-]+){4,5}")


def require_yaml(file: Path) -> None:
    """Refuses a name that could not be submitted.

    Raises:
      typer.BadParameter: if it does not end in .yaml or .yml.
    """
    if file.suffix not in SUFFIXES:
        raise typer.BadParameter(
            f"the output is {file}, expected a name that ends in .yaml."
        )


def parse_interval(text: str) -> int:
    """`12h` as seconds.

    Raises:
      typer.BadParameter: if it is not a number with a unit.
    """
    if not (match := _INTERVAL.fullmatch(text)):
        raise typer.BadParameter(
            f"found the interval {text!r}, expected N, Ns, Nm, Nh or Nd, for "
            "example 12h."
        )
    return int(match[1]) * _SECONDS[match[2]]


def parse_cron(text: str) -> str:
    """A cron expression, with the field of seconds that Kubeflow wants first.

    Kubeflow would take the usual five fields for six with the last left out:
    "0 3 * * 0" for every hour's third minute.

    Raises:
      typer.BadParameter: if it has not five or six fields.
    """
    fields = " ".join(text.split())
    if not _CRON.fullmatch(fields):
        raise typer.BadParameter(
            f"found the cron expression {text!r}, expected five fields, for "
            "example '0 3 * * 0', or six with seconds first."
        )
    return fields if fields.count(" ") == 5 else f"0 {fields}"
