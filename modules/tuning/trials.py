"""Runs and records the trainings of a search: trials and final round."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
from keras_tuner.errors import FailedTrialError

from modules.common import progress
from modules.tuning import records
from modules.tuning.budget import Budget
from modules.tuning.decision import Contestant
from modules.tuning.records import TrialRecord
from modules.tuning.study import Study
from modules.tuning.watch import OutOfTime, Watch

MAX_STARTS = 2
"""How many times a trial may kill the process, for instance for lack of memory,
before the search skips it."""

Figures = Callable[[], Mapping[str, float]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trials:
    """The trainings of one search.

    Each trains as the Trainer does, with a schedule of its own length. It
    always starts from scratch: a learning rate that has decayed to zero cannot
    be resumed for more epochs.

    Attributes:
      study: what is trained, and its objective.
      budget: the wall-clock budget.
      directory: of the search.
      worker: KerasTuner's id of this process.
    """

    study: Study
    budget: Budget
    directory: Path
    worker: str

    def run(
        self,
        directory: Path,
        *,
        number: int,
        values: Mapping[str, Any],
        epochs: float,
        patience: int,
        part: str,
        best: Mapping[str, float],
    ) -> TrialRecord:
        """Trains, scores and records; returns the completed trial's record.

        Args:
          directory: for the record and the files of the training.
          number: of the trial.
          values: of the hyperparameters in the search space.
          epochs: of the schedule.
          patience: epochs without improvement after which it stops.
          part: what it is, in progress reports.
          best: further figures for those.

        Raises:
          FailedTrialError: if the trial cannot be completed.
          Exception: whatever the training raises.
        """
        record = self._begin(directory, number, values, epochs)
        watch = self._watch(patience)
        start = time.monotonic()
        try:
            with progress.part_of(part, self._figures(watch, best)):
                self._train(record, watch, directory)
        except (OutOfTime, KeyboardInterrupt) as error:
            record = _ended(record, "unfinished", error)
            raise
        except Exception as error:
            record = _ended(record, "failed", error)
            raise
        else:
            record = dataclasses.replace(record, state="completed")
        finally:
            record = dataclasses.replace(
                record,
                seconds=time.monotonic() - start,
                scores=tuple(watch.scores),
            )
            if watch.latest is not None:
                records.write_contributions(directory, watch.latest)
            records.write(directory, record)
            shutil.rmtree(directory / "checkpoints", ignore_errors=True)
        return record

    def contestants(self, *, finals: bool = False) -> list[Contestant]:
        """The completed trials, or those of the final round."""
        values = records.contributions(self.directory, finals=finals)
        return [
            Contestant(
                number=record.number,
                score=record.score,
                epochs=record.epochs,
                values=values.get(record.number),
            )
            for record in records.read_all(self.directory, finals=finals)
            if record.score is not None
        ]

    def _watch(self, patience: int) -> Watch:
        objective = self.study.objective
        return Watch(
            self.study.contributions,
            self.study.weights,
            name=objective.name,
            direction=objective.direction,
            budget=self.budget,
            patience=patience,
        )

    def _begin(
        self,
        directory: Path,
        number: int,
        values: Mapping[str, Any],
        epochs: float,
    ) -> TrialRecord:
        """The record of a training that starts now."""
        directory.mkdir(exist_ok=True)
        before = records.read(directory)
        killed = before and before.state == "running"
        record = TrialRecord(
            number=number,
            values=values,
            epochs=epochs,
            started=before.started + 1 if before and killed else 1,
            worker=self.worker,
        )
        records.write(directory, record)
        return record

    def _train(
        self, record: TrialRecord, watch: Watch, directory: Path
    ) -> None:
        if record.started > MAX_STARTS:
            raise FailedTrialError(
                f"it killed the process {MAX_STARTS} times, perhaps for lack "
                "of memory"
            )
        if not self.budget.left:
            raise OutOfTime
        params = dataclasses.replace(
            self.study.params, **record.values, epochs=record.epochs
        )
        keras.backend.clear_session()
        self.study.train(params, directory, [watch])

    def _figures(self, watch: Watch, best: Mapping[str, float]) -> Figures:
        """What progress reports add: the best score, and the time left."""

        def figures() -> dict[str, float]:
            latest = {"score": watch.scores[-1]} if watch.scores else {}
            return {**latest, **best, "minutes left": self.budget.left / 60}

        return figures


def _ended(
    record: TrialRecord, state: records.State, error: BaseException
) -> TrialRecord:
    """`record` of a trial that ended with `error`."""
    own = isinstance(error, FailedTrialError)
    words = str(error).strip().splitlines() or [""]
    reason = words[0] if own else f"{type(error).__name__}: {words[0]}"
    return dataclasses.replace(record, state=state, reason=reason.strip(": "))
