"""ModelEvaluator's executor: the stock Evaluator, adapted to this pipeline."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from tfx.components.evaluator import executor as stock
from tfx.types import Artifact, standard_component_specs
from tfx.utils import path_utils

from components.pusher.comparison import BASELINE, VERSION, WORSE
from modules.evaluation import evaluations, extractors, prediction_files
from modules.export import metadata

SPLITS = ("test",)


class Executor(stock.Executor):
    """Runs TFMA on the test images; ignores an empty baseline."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the evaluation, and blesses the model or not.

        Args:
          input_dict: `examples`, `model`, and perhaps `baseline_model`.
          output_dict: `evaluation` and `blessing`.
          exec_properties: `eval_config`, the JSON of a TFMA EvalConfig.
        """
        inputs = _without_empty_baseline(input_dict)
        (evaluation,) = output_dict[standard_component_specs.EVALUATION_KEY]
        properties = {
            **exec_properties,
            standard_component_specs.EXAMPLE_SPLITS_KEY: json.dumps(SPLITS),
            standard_component_specs.MODULE_PATH_KEY: extractors.__name__,
        }
        token = prediction_files.destination.set(evaluation.uri)
        try:
            super().Do(inputs, output_dict, properties)
        finally:
            prediction_files.destination.reset(token)
        if baseline := inputs.get(standard_component_specs.BASELINE_MODEL_KEY):
            _compare(
                baseline[0],
                evaluation,
                output_dict[standard_component_specs.BLESSING_KEY][0],
            )


def _compare(
    baseline: Artifact, evaluation: Artifact, blessing: Artifact
) -> None:
    """Notes on the blessing whether the model did worse than the baseline."""
    model = metadata.read(path_utils.serving_model_path(baseline.uri))
    found = evaluations.load(evaluation.uri, model.class_names)
    key = (evaluations.OVERALL, "accuracy", None)
    blessing.set_string_custom_property(
        BASELINE, baseline.get_string_custom_property(VERSION)
    )
    blessing.set_int_custom_property(
        WORSE, int(found.figures[key] < found.baseline[key])
    )


def _without_empty_baseline(
    inputs: dict[str, list[Artifact]],
) -> dict[str, list[Artifact]]:
    """The inputs, less a `baseline_model` that holds no SavedModel at all.

    One that holds a damaged SavedModel stays, and TFMA fails on it: it must
    not make a worse model pass.
    """
    key = standard_component_specs.BASELINE_MODEL_KEY
    baseline = inputs.get(key)
    if baseline and _has_serving_model(baseline[0]):
        return inputs
    return {name: value for name, value in inputs.items() if name != key}


def _has_serving_model(model: Artifact) -> bool:
    return pathlib.Path(path_utils.serving_model_dir(model.uri)).is_dir()
