"""Saves a finished run: its record, report and TensorBoard files."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.run_report import page
from components.run_report.page import Report
from components.run_report.results import RunResult
from modules.common import atomic
from modules.common.errors import UserError
from pipeline.configs import Model, RunConfig
from pipeline.cost import RunCost
from pipeline.data.source import DataSource
from pipeline.history import details, environment, store, tensorboard
from pipeline.history import record as record_lib
from pipeline.history.record import Component, Data, Record
from pipeline.paths import Paths


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finished:
    """A run that has finished.

    Attributes:
      log: its log file, which has the run's name.
      config: what was run.
      source: the images.
      report: RunReport's output, with the current result.
      trainings: the Trainers' `model_run` artifacts, by model.
      components: of the DAG.
      commit: of the source.
      cost: what it took.
    """

    log: Path
    config: RunConfig
    source: DataSource
    report: Report
    trainings: Mapping[Model, Path]
    components: Sequence[Component]
    commit: str
    cost: RunCost


def keep(finished: Finished, paths: Paths) -> Path:
    """Writes all that is kept of a run.

    Returns:
      The kept page; `paths.report` is a copy of it.

    Raises:
      UserError: if it cannot be written.
    """
    result = _relative(finished.report.result, paths.root)
    report = dataclasses.replace(finished.report, result=result)
    record = _record(finished, report)
    values = json.loads(result.to_json())
    try:
        record_lib.write(finished.log.with_suffix(".json"), record, values)
        found = record_lib.parse(finished.log.with_suffix(".json"))
        earlier = store.read(paths).records
        kept = paths.reports / f"{record.run}.html"
        kept.parent.mkdir(exist_ok=True)
        for target in (kept, paths.report):
            facts = details.details(
                found, store.previous(earlier, found), paths, target.parent
            )
            atomic.write_text(target, page.render(report, facts))
        tensorboard.publish(
            paths.tensorboard,
            found,
            finished.trainings,
            [c.confusion for c in result.classes],
        )
    except OSError as error:
        raise UserError(
            f"cannot write {error.filename} ({error.strerror}); the model and "
            "the artifacts are there, and the same command writes the report."
        ) from error
    return kept


def _relative(result: RunResult, root: Path) -> RunResult:
    """The result with the pushed model's place below the root."""
    pushed_to = Path(result.pushed_to)
    if not (result.pushed_to and pushed_to.is_relative_to(root)):
        return result
    return dataclasses.replace(
        result, pushed_to=str(pushed_to.relative_to(root))
    )


def _record(finished: Finished, report: Report) -> Record:
    config, source = finished.config, finished.source
    hyperparameters: dict[str, dict] = {}
    origins: dict[str, dict[str, str]] = {}
    for h in report.hyperparameters:
        hyperparameters.setdefault(h.model, {})[h.name] = h.value
        origins.setdefault(h.model, {})[h.name] = h.origin
    names = config.dataset.class_names
    return Record(
        run=finished.log.stem,
        started=_started(finished.cost.seconds),
        preset=config.preset,
        overrides=config.overrides,
        seed=config.seed,
        data=Data(
            description=source.description,
            digest=source.digest,
            train_count=source.train_count,
            test_count=source.test_count,
            sampled={n: c.sampled for n, c in report.counts.items()},
        ),
        caps={
            name: limit
            for name, limit in zip(
                names, config.sampling.limits(names), strict=True
            )
            if limit is not None
        },
        gates=report.gates,
        hyperparameters=hyperparameters,
        origins=origins,
        commit=finished.commit,
        versions=environment.versions(),
        machine=environment.machine(),
        components=tuple(finished.components),
        seconds=finished.cost.seconds,
        peak_bytes=finished.cost.peak_bytes,
        predictions=report.predictions,
    )


def _started(seconds: float) -> str:
    now = datetime.datetime.now().astimezone()
    start = now - datetime.timedelta(seconds=seconds)
    return start.isoformat(timespec="seconds")
