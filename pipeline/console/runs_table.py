"""The runs of a root and the comparison of two, for the console."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from modules.common.durations import duration
from pipeline.console.columns import Column, Columns
from pipeline.history.compare import Comparison, MetricRow
from pipeline.history.record import Record
from pipeline.history.settings import Setting
from pipeline.history.words import UNKNOWN, change, notable

_COLUMNS = (
    Column("run"),
    Column("when", 8),
    Column("preset", 3),
    Column("seed", 7, "right"),
    Column("data", 6),
    Column("accuracy", 1, "right"),
    Column("capped", 5, "right"),
    Column("other", 5, "right"),
    Column("pushed", 2),
    Column("took", 4, "right"),
)


def runs(
    records: Sequence[Record], unfinished: Iterable[str]
) -> RenderableType:
    """A row a run, the newest first.

    `capped` and `other` are the mean recalls of the capped classes and of the
    others, `pushed` is the version.
    """
    rows = {record.run: _row(record) for record in records}
    width = len(_COLUMNS)
    rows |= {
        name: (name, _time(name), *[""] * (width - 4), "unfinished", "")
        for name in unfinished
    }
    return Columns(_COLUMNS, [rows[name] for name in sorted(rows)[::-1]])


def _row(record: Record) -> tuple[str, ...]:
    return (
        record.run,
        _time(record.run),
        record.preset or UNKNOWN,
        _known(record.seed, "d"),
        _data(record),
        _known(record.accuracy, ".4f"),
        _known(record.capped_recall, ".4f"),
        _known(record.uncapped_recall, ".4f"),
        _pushed(record),
        UNKNOWN if record.seconds is None else duration(record.seconds),
    )


def _time(run: str) -> str:
    try:
        when = datetime.datetime.strptime(run[:15], "%Y%m%d-%H%M%S")
    except ValueError:
        return UNKNOWN
    return f"{when:%d %b %Y %H:%M}"


def _data(record: Record) -> str:
    if record.sample:
        return "sample"
    return record.data.digest[:8] if record.data else UNKNOWN


def _pushed(record: Record) -> str:
    if record.pushed_to is None:
        return UNKNOWN
    return PurePath(record.pushed_to).name if record.pushed_to else "no"


def _known(value: float | None, shape: str) -> str:
    return UNKNOWN if value is None else format(value, shape)


def summary(record: Record) -> dict[str, Any]:
    """What `cifar10 runs --json` says of a run."""
    data = record.data
    return {
        "run": record.run,
        "started": record.started,
        "model_name": record.model_name,
        "preset": record.preset,
        "seed": record.seed,
        "sample": record.sample,
        "data_digest": data.digest if data else None,
        "accuracy": record.accuracy,
        "capped_recall": record.capped_recall,
        "uncapped_recall": record.uncapped_recall,
        "pushed_to": record.pushed_to,
        "reasons": list(record.reasons),
        "seconds": record.seconds,
        "commit": record.commit,
    }


def comparison(found: Comparison) -> Iterator[RenderableType]:
    """Verdict, metrics, classes, and the settings that differ."""
    yield Text(found.verdict, "bold")
    yield ""
    for name, record in (("first", found.first), ("second", found.second)):
        yield Text.assemble((f"{name:8}", "dim"), record.run)
    yield ""
    yield _metrics("metric", found.metrics)
    if found.classes:
        yield ""
        yield _metrics("recall of", found.classes)
        yield Text(notable(found), "dim")
    yield ""
    yield from _settings(found)


def _metrics(title: str, rows: Iterable[MetricRow]) -> Columns:
    columns = (
        Column(title),
        Column("first", 1, "right"),
        Column("second", 1, "right"),
        Column("difference", 0, "right"),
        Column("p", 2, "right"),
    )
    return Columns(columns, [_metric(row) for row in rows])


def _metric(row: MetricRow) -> tuple[str, ...]:
    difference = row.difference
    return (
        row.title,
        _known(row.first, row.shape),
        _known(row.second, row.shape),
        change(row),
        difference.p_text if difference else "",
    )


def _settings(found: Comparison) -> Iterator[RenderableType]:
    if found.settings:
        columns = Column("what differs"), Column("first"), Column("second")
        rows = [_setting(s) for s in found.settings]
        yield Columns(columns, rows, wrap=True)
    else:
        yield Text("No setting differs.")
    for word, groups in (("the same", found.same), ("unknown", found.unknown)):
        if groups:
            yield Text(f"{word}: {', '.join(groups)}", "dim")


def _setting(setting: Setting) -> tuple[str, str, str]:
    name = f"{setting.group}: {setting.name}"
    return name, setting.first or UNKNOWN, setting.second or UNKNOWN
