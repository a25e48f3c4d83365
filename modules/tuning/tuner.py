"""The KerasTuner tuner of a study: trials, final round and decision."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.engine.trial import Trial, TrialStatus
from keras_tuner.src.distribute import utils as distribute

from modules.common.errors import UserError
from modules.tuning import decision, records
from modules.tuning.budget import Budget
from modules.tuning.config import SearchConfig
from modules.tuning.decision import Decision
from modules.tuning.records import DEFAULTS
from modules.tuning.study import Study
from modules.tuning.trials import Trials


class StudyTuner(BaseTuner):
    """Runs the trials of a study, alone or as one of KerasTuner's workers.

    Alone, it ends with a final round, if there is time for it: the best trials
    and the current values train again, for as long as the Trainer will
    (`SearchConfig.finalists`). `modules.tuning.decision` then decides.

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
        self.trials = Trials(
            study=study,
            budget=budget,
            directory=directory,
            worker=self.tuner_id,
        )
        # KerasTuner itself would look for the file of a tuner with the same id.
        resumed = (directory / "oracle.json").is_file()
        if resumed and not self._is_worker() and not oracle.trials:
            oracle.reload()

    def search(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Runs the trials and then, alone and if there is time, the finals."""
        self._keep_time_for_finals()
        super().search(*fit_args, **fit_kwargs)
        self.budget.reserve(0)
        if not distribute.has_chief_oracle():
            self._run_finals()

    def run_trial(
        self, trial: Trial, *fit_args: Any, **fit_kwargs: Any
    ) -> dict[str, float]:
        """Trains and scores; returns the objective after the last epoch.

        Raises:
          FailedTrialError: if the trial cannot be completed.
          Exception: whatever the training raises.
        """
        number, values = int(trial.trial_id), trial.hyperparameters.values
        record = self.trials.run(
            Path(self.get_trial_dir(trial.trial_id)),
            number=number,
            values={name: values[name] for name in self.study.params.space()},
            epochs=values.get(
                "tuner/epochs", self.config.epochs(self.study.params.epochs)
            ),
            patience=self.config.patience,
            part=f"trial {number + 1} of {self.config.trials}",
            best={"best": done[0].score} if (done := self._completed()) else {},
        )
        self._keep_time_for_finals()
        return {self.study.objective.name: record.scores[-1]}

    def _completed(self) -> list[Trial]:
        trials = self.oracle.get_best_trials(1)
        return [t for t in trials if t.status == TrialStatus.COMPLETED]

    def _needed_for_finals(self) -> float:
        """Seconds; 0 if there is to be no final round."""
        for record in records.read_all(self.search_directory):
            if record.number == DEFAULTS and record.score is not None:
                return decision.reserve(
                    record, self.study.params.epochs, self.config.finalists
                )
        return 0.0

    def _keep_time_for_finals(self) -> None:
        """Ends the trials in time, unless too little would be left to them."""
        alone = not distribute.has_chief_oracle()
        needed = self._needed_for_finals() if alone else 0.0
        most = decision.LARGEST_SHARE * self.budget.limit
        self.budget.reserve(needed if needed <= most else 0.0)

    def _run_finals(self) -> None:
        """Trains the best trials and the current values at the full schedule.

        Those that an earlier run of this search has trained are not trained
        again. Without the time for all of them there is none.
        """
        numbers = decision.challengers(
            self.trials.contestants(),
            self.study.objective.direction,
            self.config.finalists,
        )
        done = {each.number for each in self.trials.contestants(finals=True)}
        left = [n for n in (DEFAULTS, *numbers) if n not in done]
        share = len(left) / (1 + self.config.finalists)
        needed = self._needed_for_finals() * share
        # What the trials have left of it is less by their last step.
        if not numbers or not 0 < needed <= self.budget.left * decision.SLACK:
            return
        for number in left:
            try:
                self._run_final(number)
            except Exception:
                # Its record says why; without it, the short trials decide.
                logging.exception("The final round lacks trial %d.", number)
            self.save()

    def _run_final(self, number: int) -> None:
        (values,) = (
            record.values
            for record in records.read_all(self.search_directory)
            if record.number == number
        )
        epochs = self.study.params.epochs
        self.trials.run(
            records.final_directory(self.search_directory, number),
            number=number,
            values=values,
            epochs=epochs,
            patience=math.ceil(epochs),
            part=f"final round, trial {number + 1}",
            best={},
        )

    @property
    def decision(self) -> Decision:
        """Which trial's values the search ends with.

        Raises:
          UserError: if no trial was completed.
        """
        trials = self.trials.contestants()
        if not trials:
            raise UserError(self._why_none())
        return decision.decide(
            trials,
            self.trials.contestants(finals=True),
            schedule=self.study.params.epochs,
            direction=self.study.objective.direction,
            weights=self.study.weights,
        )

    def get_best_hyperparameters(
        self, num_trials: int = 1
    ) -> list[keras_tuner.HyperParameters]:
        """The values that the search ends with; KerasTuner's are its best.

        Raises:
          UserError: if no trial was completed.
        """
        chosen = self.decision.chosen
        return [
            trial.hyperparameters
            for name, trial in self.oracle.trials.items()
            if int(name) == chosen
        ]

    def _why_none(self) -> str:
        found = records.read_all(self.search_directory)
        reasons = [r.reason for r in found if r.reason]
        return (
            f"none of the {len(found)} trials of the {self.study.model} was "
            f"completed ({reasons[0] if reasons else 'reason unknown'}); "
            "give it more time with --budget, or see the log."
        )
