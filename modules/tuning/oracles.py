"""KerasTuner's oracles with a time limit, starting from the current values.

An oracle chooses the values of the next trial and keeps the search's state in
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
"""Random trials before the Gaussian process is used.

KerasTuner's default, three times the number of hyperparameters, is more
than most budgets allow.
"""


class _Bounded(keras_tuner.Oracle):
    """The behaviour that all searches here share.

    - The first trial is the baseline: the current values at full trial length.
    - No trial starts once the budget is spent.
    - The search continues however many trials fail.
    - State is written atomically; a trial interrupted by a kill or by the end
      of the budget runs again when the search is resumed.

    Args:
      trials: the maximum number of trials.
      budget: the wall-clock budget, shared with the tuner.
      **kwargs: the arguments of the KerasTuner oracle.
    """

    def __init__(self, *, trials: int, budget: Budget, **kwargs: Any) -> None:
        super().__init__(max_consecutive_failed_trials=trials + 1, **kwargs)
        # Not through `super`: Hyperband's __init__ does not accept it.
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
        # A kill can come between writing a trial and writing the oracle, so the
        # trials' own state decides which of them have to run again.
        waiting = [t for t in self.trials.values() if not self._ended(t)]
        self._retry_queue = sorted((t.trial_id for t in waiting), reverse=True)

    def _ended(self, trial: Trial) -> bool:
        if trial.status == TrialStatus.FAILED:
            record = records.read(Path(self._get_trial_dir(trial.trial_id)))
            return not (record and record.state == "unfinished")
        return bool(trial.status == TrialStatus.COMPLETED)


class _Random(_Bounded, keras_tuner.oracles.RandomSearchOracle):
    """Random search."""


class _Bayesian(_Bounded, keras_tuner.oracles.BayesianOptimizationOracle):
    """Bayesian optimisation with a Gaussian process."""


class _Hyperband(_Bounded, keras_tuner.oracles.HyperbandOracle):
    """Many short trials; the best third is promoted to longer ones."""


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
      config: the strategy and the maximum number of trials.
      epochs: the full length of a trial.
      seed: of the random choices.
      budget: the wall-clock budget.
      objective: what is optimised.
      space: the search space, with the current values as defaults.
    """
    common: dict[str, Any] = {
        "trials": config.trials,
        "budget": budget,
        "objective": objective,
        "hyperparameters": space,
        "seed": seed + 1,  # KerasTuner takes 0 as "no seed".
    }
    if config.strategy == "hyperband":
        # As many rounds of brackets as the limits allow.
        rounds = config.trials
        return _Hyperband(
            max_epochs=epochs, hyperband_iterations=rounds, **common
        )
    if config.strategy == "bayesian":
        return _Bayesian(num_initial_points=INITIAL_POINTS, **common)
    return _Random(**common)
