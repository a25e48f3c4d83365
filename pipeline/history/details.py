"""The details that the local runner adds to RunReport's page."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from pathlib import Path

from components.run_report.details import (
    Change,
    Duration,
    Previous,
    RunDetails,
)
from modules.common.durations import duration
from pipeline.history import words
from pipeline.history.compare import Comparison, compare
from pipeline.history.record import Record
from pipeline.history.settings import Setting
from pipeline.paths import Paths


def details(
    record: Record, previous: Record | None, paths: Paths, page_directory: Path
) -> RunDetails:
    """The details of a run.

    Args:
      record: the run's, as it was read from its file.
      previous: that of the last run of the same model, if there was one.
      paths: of the root.
      page_directory: where the page will be, for its relative links.
    """
    return RunDetails(
        run=record.run,
        facts=dict(_facts(record)),
        versions=record.versions,
        durations=tuple(
            Duration(
                name=c.name,
                seconds=c.seconds,
                written=duration(c.seconds),
                cached=c.state == "cached",
            )
            for c in record.components
        ),
        previous=_previous(compare(previous, record)) if previous else None,
        links={
            name: os.path.relpath(path, page_directory)
            for name, path in _files(record, paths)
        },
    )


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    yield "run", record.run
    if record.started:
        when = datetime.datetime.fromisoformat(record.started)
        yield "started", f"{when:%Y-%m-%d %H:%M:%S %z}"
    yield "preset", record.preset or words.UNKNOWN
    yield "seed", str(record.seed)
    if record.data:
        yield "data", record.data.description
    yield "commit", _commit(record.commit)
    if record.machine:
        machine = record.machine
        memory = f"{machine.memory_bytes / 2**30:.0f} GiB"
        yield "processor", f"{machine.processor}, {machine.cores} cores"
        yield "accelerators", ", ".join(machine.accelerators) or "none"
        yield "machine", f"{memory} of memory, {machine.system}"
    if record.seconds is not None and record.peak_bytes is not None:
        yield "duration", duration(record.seconds)
        yield "peak memory", f"{record.peak_bytes / 1e9:.1f} GB"


def _commit(commit: str | None) -> str:
    if not commit:
        return "unknown"
    edited = ", with uncommitted changes" if commit.endswith("+") else ""
    return f"{commit.removesuffix('+')}{edited}"


def _previous(found: Comparison) -> Previous:
    return Previous(
        run=found.first.run,
        verdict=found.verdict,
        changes=tuple(
            Change(
                title=row.title,
                before=_written(row.first, row.shape),
                now=_written(row.second, row.shape),
                change=words.change(row),
            )
            for row in found.metrics
        ),
        differs=tuple(map(_setting, found.settings)),
    )


def _written(value: float | None, shape: str) -> str:
    return words.UNKNOWN if value is None else format(value, shape)


def _setting(setting: Setting) -> str:
    before = setting.first or words.UNKNOWN
    now = setting.second or words.UNKNOWN
    return f"{setting.group}: {setting.name} was {before}, is {now}"


def _files(record: Record, paths: Paths) -> Iterator[tuple[str, Path]]:
    yield "log", paths.logs / f"{record.run}.log"
    yield "record", paths.logs / f"{record.run}.json"
    if record.pushed_to:
        yield "model", paths.root / record.pushed_to
    yield "artifacts", paths.artifacts
    yield "TensorBoard's files", paths.tensorboard
