"""Tuner's executor: TFX's search, and a leaderboard with its results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tfx.components.tuner import executor as tfx_executor
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import Artifact
from tfx.types import standard_component_specs as specs
from tfx.utils import json_utils

from modules.tuning import leaderboard
from modules.tuning.results import files as results
from modules.tuning.tuner import StudyTuner


class Executor(BaseExecutor):
    """Runs the search, if there is one, and writes its results."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """As TFX's Tuner.

        Args:
          input_dict: `examples`, and `base_model` where there is one.
          output_dict: `best_hyperparameters` and `tuner_results`.
          exec_properties: `tuner_fn` and `custom_config`, whose `origin` says
            where the current values come from.

        Raises:
          UserError: if a search has no trial that was completed, or there is
            not what it needs.
        """
        tuner = tfx_executor.search(
            input_dict, exec_properties, self._get_tmp_dir()
        )
        tfx_executor.write_best_hyperparameters(tuner, output_dict)
        (best,) = output_dict[specs.BEST_HYPERPARAMETERS_KEY]
        config = json_utils.loads(exec_properties[specs.CUSTOM_CONFIG_KEY])
        origin = config["origin"]
        if isinstance(tuner, StudyTuner):
            board = leaderboard.of(tuner)
            origin = f"search {tuner.search_directory.name}"
            if board.winner is board.defaults:
                origin += ": the current values stay"
            (artifact,) = output_dict[specs.TUNER_RESULTS_KEY]
            results.write(Path(artifact.uri), board)
        best.set_string_custom_property("origin", origin)
