"""Runs of the Evaluators, and TFMA's answers as plain values."""

import dataclasses

import numpy as np
import tensorflow_model_analysis as tfma
from tfx.types import standard_artifacts
from tfx.utils import proto_utils

from components.model_evaluator.executor import Executor
from modules.evaluation import classification, configs
from tests.support.components import tiny

OVERALL = ()
PASSING = {"min_accuracy": 0.5, "min_recall": 0.1, "max_accuracy_drop": 0.01}


@dataclasses.dataclass
class Data:
    """What every test evaluates on, and the classifier most of them do."""

    pixels: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    examples: standard_artifacts.Examples
    classifier: standard_artifacts.Model
    autoencoder: standard_artifacts.Model

    @property
    def scores(self):
        return classification.score(
            self.labels, tiny.probabilities(self.pixels, self.weights)
        )


def evaluate(directory, data, model, eval_config, baseline=None):
    """Runs the executor; returns its two artifacts."""
    evaluation = standard_artifacts.ModelEvaluation()
    blessing = standard_artifacts.ModelBlessing()
    for name, artifact in (("e", evaluation), ("b", blessing)):
        artifact.uri = str(directory / name)
        (directory / name).mkdir()
    inputs = {"examples": [data.examples], "model": [model]}
    if baseline:
        inputs["baseline_model"] = [baseline]
    Executor(
        Executor.Context(
            beam_pipeline_args=["--runner=FnApiRunner"],
            tmp_dir=str(directory / "tmp"),
            unique_id="1",
        )
    ).Do(
        inputs,
        {"evaluation": [evaluation], "blessing": [blessing]},
        {"eval_config": proto_utils.proto_to_json(eval_config)},
    )
    return evaluation, blessing


def classifier_config(**gates):
    return configs.classifier_eval_config(
        tiny.CLASS_NAMES, **{**PASSING, **gates}
    )


def metrics(evaluation):
    """(slice, metric, class id or None) to value."""
    return {
        (slice_key(m), v.key.name, class_id(v.key)): v.value.double_value.value
        for m in tfma.load_metrics(evaluation.uri)
        for v in m.metric_keys_and_values
    }


def slice_key(metrics_for_slice):
    return tuple(
        (key.column, key.bytes_value.decode() or key.int64_value)
        for key in metrics_for_slice.slice_key.single_slice_keys
    )


def class_id(key):
    return key.sub_key.class_id.value if key.HasField("sub_key") else None


def overall_plot(evaluation, kind):
    """The one plot of that field of TFMA's PlotData, on all images."""
    plots = {slice_key(p): p for p in tfma.load_plots(evaluation.uri)}
    (found,) = (
        item.value
        for item in plots[OVERALL].plot_keys_and_values
        if item.value.HasField(kind)
    )
    return getattr(found, kind)


def failures(evaluation):
    """The names of the metrics that failed, and what TFMA says of them."""
    result = tfma.load_validation_result(evaluation.uri)
    assert not result.missing_slices
    return {
        (
            slice_key(validation),
            failure.metric_key.name,
            class_id(failure.metric_key),
        )
        for validation in result.metric_validations_per_slice
        for failure in validation.failures
    }
