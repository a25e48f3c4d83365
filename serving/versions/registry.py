"""The pushed versions of all models, and their lineage.

A version's lineage is in its own `assets.extra/model.json`; the results of the
run that pushed it are in `<root>/logs/<run>.json`. No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from components.pusher.versions import versions
from modules.common import manifest
from modules.export.metadata import MODEL_JSON
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


def list_versions(serving_root: Path, logs: Path) -> list[ModelVersion]:
    """All pushed versions of all models, the newest of each model first.

    Args:
      serving_root: where models are pushed.
      logs: where runs leave the records of what came of them.

    Raises:
      UserError: if the labels cannot be read.
    """
    labelled = labels.read(serving_root)
    records = _records(logs)
    return [
        _version(
            serving_root / model / str(version),
            labelled.get(model, {}),
            records.get((model, str(version)), {}),
        )
        for model in labels.models(serving_root)
        for version in versions(serving_root / model)
    ]


def _records(directory: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The record of the run that pushed each model's version.

    Runs that found the version in their cache name it too: the first counts.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(directory.glob("*.json")):
        record = _json(path)
        pushed_to = Path(_value(record, "pushed_to", ""))
        key = str(record.get("model_name")), pushed_to.name
        found.setdefault(key, record)
    return found


def _version(
    directory: Path, labelled: dict[str, int], record: dict[str, Any]
) -> ModelVersion:
    number = int(directory.name)
    lineage = _value(_json(directory / MODEL_JSON), "lineage", {})
    reasons = _value(record, "reasons", None, list)
    return ModelVersion(
        model=directory.parent.name,
        version=number,
        labels=tuple(n for n, v in labelled.items() if v == number),
        pushed=_time(number),
        problems=tuple(manifest.verify(directory)),
        accuracy=_value(record, "accuracy", None, float),
        blessed=None if reasons is None else not reasons,
        run=_value(record, "run", ""),
        commit=_value(record, "commit", ""),
        data_digest=_value(lineage, "data_digest", ""),
        model_digest=_value(lineage, "model_digest", ""),
        seed=_value(lineage, "seed", None, int),
        sample=_value(lineage, "sample", None, bool),
    )


def _value(
    values: dict[str, Any], name: str, default: Any, kind: type | None = None
) -> Any:
    """A value of a file that anyone may have edited; of another type, none."""
    value = values.get(name, default)
    return value if isinstance(value, kind or type(default)) else default


def _time(number: int) -> str:
    try:
        time = datetime.datetime.fromtimestamp(number, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{time:%Y-%m-%d %H:%M}"


def _json(path: Path) -> dict[str, Any]:
    """The JSON object in a file; {} if there is none."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


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
            _lineage(version),
        )
    return made


def _lineage(version: ModelVersion) -> str:
    seed = UNKNOWN if version.seed is None else version.seed
    problems = [f"INCOMPLETE: {each}" for each in version.problems[:1]]
    return "\n".join(
        (
            *problems,
            f"run {version.run or UNKNOWN}",
            f"data {version.data_digest[:12] or UNKNOWN}",
            f"seed {seed}",
            f"commit {version.commit[:12] or UNKNOWN}",
        )
    )
