"""Tuner: TFX's, with an executor that also keeps the leaderboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfx.components.tuner.component import Tuner as TfxTuner
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec

from components.code_digest import (
    executor_of,
    module_of,
    with_code_digest,
)
from components.tuner.executor import Executor

_WITHOUT_SEARCH = "modules.tuning.given"
"""All of the code that has a say in the values where nothing is searched
for: an edit of the search must not train the models again."""


class Tuner(TfxTuner):
    """TFX's Tuner; its arguments are its own.

    Outputs:
      best_hyperparameters: `standard_artifacts.HyperParameters`, the winner's
        or, where nothing is searched for, the current values; the custom
        property `origin` says which.
      tuner_results: `standard_artifacts.TunerResults`; after a search also
        with the leaderboard: see `modules.tuning.leaderboard`.
    """

    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(
        self, *, tuner_fn: str, custom_config: Mapping[str, Any], **kwargs: Any
    ) -> None:
        searches = executor_of(type(self)), module_of(tuner_fn)
        sources = searches if custom_config["search"] else (_WITHOUT_SEARCH,)
        super().__init__(
            tuner_fn=tuner_fn,
            custom_config=with_code_digest(custom_config, *sources),
            **kwargs,
        )
