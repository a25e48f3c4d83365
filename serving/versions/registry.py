"""The pushed versions of all models, and their lineage.

A version's lineage is in its own `assets.extra/model.json`; the results of the
run that pushed it are in that run's record. Either may be damaged: then what it
says is unknown. No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich import box
from rich.table import Table

from components.pusher.versions import versions
from modules.common import manifest
from modules.common.errors import UserError
from modules.export import metadata
from modules.export.metadata import ModelLineage
from pipeline.history import store
from pipeline.history.record import Record
from pipeline.paths import Paths
from serving.versions import labels

UNKNOWN = "-"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """A pushed version; what is unknown is None or "".

    Attributes:
      model: the name it is served under.
      version: its number.
      labels: its labels.
      pushed: when, in UTC: the number is the time; "" if it is none.
      problems: what is missing or changed since it was pushed.
      accuracy: on the test images, from the run that pushed it.
      blessed: whether it passed that run's gates.
      run: the name of that run's record and log.
      commit: of the source code; "+" at the end for uncommitted changes.
      data_digest: of the data.
      model_digest: of everything that determines the model.
      seed: of the run.
      sample: whether the data is the built-in sample.
    """

    model: str
    version: int
    labels: tuple[str, ...]
    pushed: str
    problems: tuple[str, ...]
    accuracy: float | None
    blessed: bool | None
    run: str
    commit: str
    data_digest: str
    model_digest: str
    seed: int | None
    sample: bool | None


def list_versions(paths: Paths) -> list[ModelVersion]:
    """All pushed versions of all models, the newest of each model first.

    Args:
      paths: of a root.

    Raises:
      UserError: if the labels cannot be read.
    """
    labelled = labels.read(paths.serving)
    records = _records(paths)
    return [
        _version(
            paths.serving / model / str(version),
            labelled.get(model, {}),
            records.get((model, str(version))),
        )
        for model in labels.models(paths.serving)
        for version in versions(paths.serving / model)
    ]


def _records(paths: Paths) -> dict[tuple[str | None, str], Record]:
    """The record of the run that pushed each model's version.

    Runs that found the version in their cache name it too: the first counts.
    """
    found: dict[tuple[str | None, str], Record] = {}
    for record in store.read(paths).records:
        pushed_to = Path(record.pushed_to or "")
        found.setdefault((record.model_name, pushed_to.name), record)
    return found


def _version(
    directory: Path, labelled: dict[str, int], record: Record | None
) -> ModelVersion:
    number = int(directory.name)
    lineage = _lineage(directory)
    return ModelVersion(
        model=directory.parent.name,
        version=number,
        labels=tuple(n for n, v in labelled.items() if v == number),
        pushed=_time(number),
        problems=tuple(manifest.verify(directory)),
        accuracy=record.accuracy if record else None,
        blessed=not record.reasons if record else None,
        run=record.run if record else "",
        commit=(record.commit if record else "") or "",
        data_digest=lineage.data_digest if lineage else "",
        model_digest=lineage.model_digest if lineage else "",
        seed=lineage.seed if lineage else None,
        sample=lineage.sample if lineage else None,
    )


def _lineage(directory: Path) -> ModelLineage | None:
    try:
        return metadata.read_description(directory).lineage
    except UserError:
        return None


def _time(number: int) -> str:
    try:
        time = datetime.datetime.fromtimestamp(number, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{time:%Y-%m-%d %H:%M}"


def json_line(version: ModelVersion) -> str:
    """The version as one line of JSON."""
    return json.dumps(dataclasses.asdict(version))


def tables(found: Iterable[ModelVersion]) -> Iterator[Table]:
    """A table a model, each fitting 80 columns."""
    for model, versions_ in itertools.groupby(found, lambda each: each.model):
        yield _table(model, versions_)


def _table(model: str, found: Iterable[ModelVersion]) -> Table:
    made = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
        title=model,
        title_justify="left",
    )
    for title in ("version", "labels", "accuracy", "pushed (UTC)", "blessed"):
        made.add_column(title, no_wrap=True)
    made.add_column("lineage", overflow="fold")
    for version in found:
        made.add_row(
            str(version.version),
            "\n".join(version.labels),
            UNKNOWN if version.accuracy is None else f"{version.accuracy:.4f}",
            version.pushed or UNKNOWN,
            {True: "yes", False: "no", None: UNKNOWN}[version.blessed],
            _origin(version),
        )
    return made


def _origin(version: ModelVersion) -> str:
    seed = UNKNOWN if version.seed is None else version.seed
    problems = [f"INCOMPLETE: {each}" for each in version.problems[:1]]
    return "\n".join(
        (
            *problems,
            f"run {version.run or UNKNOWN}",
            f"data {version.data_digest[:12] or UNKNOWN}",
            f"seed {seed}",
            f"commit {version.commit[:12] + version.commit[40:] or UNKNOWN}",
        )
    )
