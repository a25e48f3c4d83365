"""KerasTuner's oracles, bounded by time, beginning with what is known.

An oracle decides which values are tried next, and keeps the search's state in
the search's directory. In a parallel search only the chief has one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras_tuner
from keras_tuner.engine.trial import Trial, TrialStatus

from modules.common import atomic
from modules.tuning import records
from modules.tuning.budget import Budget
from modules.tuning.config import SearchConfig

INITIAL_POINTS = 5
"""Trials before the Gaussian process has a say; KerasTuner's default is three
times the hyperparameters, which is more than most budgets allow."""


class _Bounded(keras_tuner.Oracle):
    """Adds to an oracle what the searches here have in common.

    - The first trial has the defaults, at the full length of a trial.
    - No trial begins after the budget's end.
    - However many trials fail, the search goes on.
    - State is written so that a kill leaves the old or the new, and what was
      being run when it was killed, or was stopped by the budget, runs again.

    Args:
      trials: the most trials.
      budget: the wall-clock time, shared with the tuner.
      **kwargs: of the oracle.
    """

    def __init__(self, *, trials: int, budget: Budget, **kwargs: Any) -> None:
        super().__init__(max_consecutive_failed_trials=trials + 1, **kwargs)
        # Not through `super`: Hyperband's does not take it.
        self.max_trials = trials
        self.budget = budget
        self.verbose = 0

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        if not self.budget.left:
            return {"status": TrialStatus.STOPPED}
        if not self.trials:
            return {"status": TrialStatus.RUNNING, "values": self._defaults()}
        return super().populate_space(trial_id)

    def _defaults(self) -> dict[str, Any]:
        return {hp.name: hp.default for hp in self.hyperparameters.space}

    def get_state(self) -> dict[str, Any]:
        return super().get_state() | {"spent_seconds": self.budget.spent}

    def set_state(self, state: dict[str, Any]) -> None:
        super().set_state(state)
        self.budget.resume(state["spent_seconds"])

    def save(self) -> None:
        file = Path(self._get_oracle_fname())
        atomic.write_text(file, json.dumps(self.get_state()))

    def _save_trial(self, trial: Trial) -> None:
        file = Path(self._get_trial_dir(trial.trial_id)) / "trial.json"
        atomic.write_text(file, json.dumps(trial.get_state()))

    def reload(self) -> None:
        super().reload()
        # A kill can fall between the writing of a trial and of the oracle, so
        # the trials' own state says which of them have to run.
        waiting = [t for t in self.trials.values() if not self._ended(t)]
        self._retry_queue = sorted((t.trial_id for t in waiting), reverse=True)

    def _ended(self, trial: Trial) -> bool:
        if trial.status == TrialStatus.FAILED:
            record = records.read(Path(self._get_trial_dir(trial.trial_id)))
            return not (record and record.state == "unfinished")
        return bool(trial.status == TrialStatus.COMPLETED)


class _Random(_Bounded, keras_tuner.oracles.RandomSearchOracle):
    """Values by chance."""


class _Bayesian(_Bounded, keras_tuner.oracles.BayesianOptimizationOracle):
    """Values where a Gaussian process expects the most."""


class _Hyperband(_Bounded, keras_tuner.oracles.HyperbandOracle):
    """Many short trials, of which the best third goes on to longer ones."""


def make_oracle(
    config: SearchConfig,
    *,
    epochs: int,
    seed: int,
    budget: Budget,
    objective: keras_tuner.Objective,
    space: keras_tuner.HyperParameters,
) -> keras_tuner.Oracle:
    """The oracle of `config.strategy`.

    Args:
      config: the strategy, and the most trials.
      epochs: of a trial at its full length.
      seed: of what is left to chance.
      budget: the wall-clock time.
      objective: what is scored.
      space: what may change, with the known values as defaults.
    """
    common: dict[str, Any] = {
        "trials": config.trials,
        "budget": budget,
        "objective": objective,
        "hyperparameters": space,
        "seed": seed + 1,  # It takes 0 for "any".
    }
    if config.strategy == "hyperband":
        # As many rounds of brackets as the bounds allow.
        rounds = config.trials
        return _Hyperband(
            max_epochs=epochs, hyperband_iterations=rounds, **common
        )
    if config.strategy == "bayesian":
        return _Bayesian(num_initial_points=INITIAL_POINTS, **common)
    return _Random(**common)
