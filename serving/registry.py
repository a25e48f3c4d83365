"""The versions of the pushed models, and where each of them comes from.

What a version was made from is in its own `assets.extra/model.json`; what came
of the run that pushed it is in `<root>/logs/<run>.json`. No TensorFlow here.
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
from modules.export.metadata import MODEL_JSON
from serving import labels

UNKNOWN = "-"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """A pushed version; None or "" is what is not known of it.

    Attributes:
      model: the name it is served under.
      version: its number.
      labels: those that are on it.
      pushed: when, in UTC: the number is the time.
      accuracy: on the test images, by the run that pushed it.
      blessed: whether that run's gates are known to have passed it.
      run: the name of that run's record and log.
      commit: the source it was made with; "+" at the end if edited since.
      data_digest: of the data.
      model_digest: of all that determines the model.
      seed: of the run.
      sample: whether the data is the built-in sample.
    """

    model: str
    version: int
    labels: tuple[str, ...]
    pushed: str
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
        pushed_to = Path(record.get("pushed_to") or "")
        key = str(record.get("model_name")), pushed_to.name
        found.setdefault(key, record)
    return found


def _version(
    directory: Path, labelled: dict[str, int], record: dict[str, Any]
) -> ModelVersion:
    number = int(directory.name)
    lineage = _json(directory / MODEL_JSON).get("lineage", {})
    time = datetime.datetime.fromtimestamp(number, datetime.UTC)
    return ModelVersion(
        model=directory.parent.name,
        version=number,
        labels=tuple(n for n, v in labelled.items() if v == number),
        pushed=f"{time:%Y-%m-%d %H:%M}",
        accuracy=record.get("accuracy"),
        blessed=not record["reasons"] if "reasons" in record else None,
        run=record.get("run", ""),
        commit=record.get("commit", ""),
        data_digest=lineage.get("data_digest", ""),
        model_digest=lineage.get("model_digest", ""),
        seed=lineage.get("seed"),
        sample=lineage.get("sample"),
    )


def _json(path: Path) -> dict[str, Any]:
    """The JSON object in a file; {} if there is none."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
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
    made.add_column("lineage", no_wrap=True)
    for version in found:
        made.add_row(
            str(version.version),
            "\n".join(version.labels),
            UNKNOWN if version.accuracy is None else f"{version.accuracy:.4f}",
            version.pushed,
            {True: "yes", False: "no", None: UNKNOWN}[version.blessed],
            _lineage(version),
        )
    return made


def _lineage(version: ModelVersion) -> str:
    seed = UNKNOWN if version.seed is None else version.seed
    return "\n".join(
        (
            f"run {version.run or UNKNOWN}",
            f"data {version.data_digest[:12] or UNKNOWN}",
            f"seed {seed}",
            f"commit {version.commit[:12] or UNKNOWN}",
        )
    )
