"""Tuner: TFX's, with an executor that also keeps the leaderboard."""

from __future__ import annotations

from tfx.components.tuner.component import Tuner as TfxTuner
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec

from components.tuner.executor import Executor


class Tuner(TfxTuner):
    """TFX's Tuner; its arguments are its own.

    Outputs:
      best_hyperparameters: `standard_artifacts.HyperParameters`, the winner's
        or, where nothing is searched for, those that are known; the custom
        property `origin` says which.
      tuner_results: `standard_artifacts.TunerResults`; after a search also
        with the leaderboard: see `modules.tuning.leaderboard`.
    """

    EXECUTOR_SPEC = ExecutorClassSpec(Executor)
