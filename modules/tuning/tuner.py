"""The KerasTuner tuner that runs and records the trials of a study."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import keras_tuner
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.engine.trial import Trial, TrialStatus
from keras_tuner.errors import FailedTrialError

from modules.common import progress
from modules.common.errors import UserError
from modules.tuning import records
from modules.tuning.budget import Budget
from modules.tuning.config import SearchConfig
from modules.tuning.records import TrialRecord
from modules.tuning.study import Study
from modules.tuning.watch import OutOfTime, Watch

MAX_STARTS = 2
"""How many times a trial may kill the process, for instance for lack of memory,
before the search skips it."""


class StudyTuner(BaseTuner):
    """Runs the trials of a study, alone or as one of KerasTuner's workers.

    A trial trains as the Trainer does, with a schedule of the length that
    `SearchConfig.epochs` or Hyperband sets. It always starts from scratch: a
    learning rate that has decayed to zero cannot be resumed for more epochs.

    Args:
      study: what a trial trains, and its objective.
      config: the limits of the search.
      oracle: chooses the values of each trial.
      budget: the wall-clock budget, shared with the oracle.
      directory: of this search; completed trials in it are not run again.
    """

    def __init__(
        self,
        study: Study,
        config: SearchConfig,
        oracle: keras_tuner.Oracle,
        budget: Budget,
        directory: Path,
    ) -> None:
        self.study = study
        self.config = config
        self.search_directory = directory
        self.budget = budget
        super().__init__(
            oracle=oracle,
            directory=str(directory.parent),
            project_name=directory.name,
        )
        # KerasTuner itself would look for the file of a tuner with the same id.
        resumed = (directory / "oracle.json").is_file()
        if resumed and not self._is_worker() and not oracle.trials:
            oracle.reload()

    def run_trial(
        self, trial: Trial, *fit_args: Any, **fit_kwargs: Any
    ) -> dict[str, float]:
        """Trains and scores; returns the objective after the last epoch.

        Raises:
          FailedTrialError: if the trial cannot be completed.
          Exception: whatever the training raises.
        """
        directory = Path(self.get_trial_dir(trial.trial_id))
        record = self._begin(trial, directory)
        objective = self.study.objective
        watch = Watch(
            self.study.score,
            name=objective.name,
            direction=objective.direction,
            budget=self.budget,
            patience=self.config.patience,
        )
        start = time.monotonic()
        try:
            self._train(trial, record, watch, directory)
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
            records.write(directory, record)
            shutil.rmtree(directory / "checkpoints", ignore_errors=True)
        return {objective.name: watch.scores[-1]}

    def _begin(self, trial: Trial, directory: Path) -> TrialRecord:
        """The record of a trial that starts now."""
        values = trial.hyperparameters.values
        before = records.read(directory)
        killed = before and before.state == "running"
        record = TrialRecord(
            number=int(trial.trial_id),
            values=self._values(values),
            epochs=values.get("tuner/epochs", self._full_epochs),
            started=before.started + 1 if before and killed else 1,
            worker=self.tuner_id,
        )
        records.write(directory, record)
        return record

    @property
    def _full_epochs(self) -> int:
        return self.config.epochs(self.study.params.epochs)

    def _values(self, values: dict[str, Any]) -> dict[str, Any]:
        return {name: values[name] for name in self.study.params.space()}

    def _train(
        self, trial: Trial, record: TrialRecord, watch: Watch, directory: Path
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
        part = f"trial {record.number + 1} of {self.config.trials}"
        with progress.part_of(part, self._figures(watch)):
            self.study.train(params, directory, [watch])

    def _figures(self, watch: Watch) -> Callable[[], dict[str, float]]:
        """What it adds to progress reports: the best score, the time left."""
        done = self._completed()
        best = {"best": done[0].score} if done else {}

        def figures() -> dict[str, float]:
            latest = {"score": watch.scores[-1]} if watch.scores else {}
            return {**latest, **best, "minutes left": self.budget.left / 60}

        return figures

    def _completed(self) -> list[Trial]:
        trials = self.oracle.get_best_trials(1)
        return [t for t in trials if t.status == TrialStatus.COMPLETED]

    def get_best_hyperparameters(
        self, num_trials: int = 1
    ) -> list[keras_tuner.HyperParameters]:
        """The best completed trials; KerasTuner would include failed ones.

        Raises:
          UserError: if no trial was completed.
        """
        if not self._completed():
            raise UserError(self._why_none())
        return super().get_best_hyperparameters(num_trials)

    def _why_none(self) -> str:
        found = records.read_all(self.search_directory)
        reasons = [r.reason for r in found if r.reason]
        return (
            f"none of the {len(found)} trials of the {self.study.model} was "
            f"completed ({reasons[0] if reasons else 'reason unknown'}); "
            "give it more time with --budget, or see the log."
        )


def _ended(
    record: TrialRecord, state: records.State, error: BaseException
) -> TrialRecord:
    """`record` of a trial that ended with `error`."""
    own = isinstance(error, FailedTrialError)
    words = str(error).strip().splitlines() or [""]
    reason = words[0] if own else f"{type(error).__name__}: {words[0]}"
    return dataclasses.replace(record, state=state, reason=reason.strip(": "))
