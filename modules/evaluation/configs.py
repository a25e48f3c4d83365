"""The metrics of the two Evaluators, and the thresholds of their gates.

Plain values in, TFMA's EvalConfig out. A threshold carries the overall slice
as its own slicing spec: without one, TFMA would hold every slice to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from tensorflow_model_analysis.proto import config_pb2

from modules import features
from modules.evaluation import (
    classification,
    extractors,
    prediction_files,
    tfma_metrics,
    tfma_plots,
)

SIGNATURE = "serving_default"

_ROUNDING = 1e-9
"""An exact tie with the lowest allowed value must not fail by rounding."""


def classifier_eval_config(
    class_names: Sequence[str],
    *,
    min_accuracy: float,
    min_recall: float,
    max_accuracy_drop: float,
) -> config_pb2.EvalConfig:
    """The classifier's metrics, overall, by true class and capped or not.

    Args:
      class_names: one a label.
      min_accuracy: the gate on the accuracy of all test images.
      min_recall: the gate on the recall of every class.
      max_accuracy_drop: how far the accuracy may lie below that of the
        baseline; ignored where there is no baseline.
    """
    accuracy = config_pb2.MetricThreshold(
        value_threshold=_at_least(min_accuracy),
        change_threshold=config_pb2.GenericChangeThreshold(
            absolute={"value": -max_accuracy_drop - _ROUNDING},
            direction=config_pb2.MetricDirection.HIGHER_IS_BETTER,
        ),
    )
    recall = config_pb2.MetricThreshold(value_threshold=_at_least(min_recall))
    overall = config_pb2.MetricsSpec(
        metrics=[
            _metric("ClassifierMetric", name, {"accuracy": accuracy}.get(name))
            for name in classification.SCALARS
        ]
        + [
            _metric(class_name, name, module=tfma_plots)
            for class_name, name in (
                ("ConfusionMatrix", tfma_plots.CONFUSION_PLOT),
                ("ReliabilityCurve", tfma_plots.RELIABILITY_PLOT),
            )
        ]
    )
    by_class = config_pb2.MetricsSpec(
        binarize={"class_ids": {"values": range(len(class_names))}},
        metrics=[
            _metric("ClassifierMetric", name, {"recall": recall}.get(name))
            for name in classification.BY_CLASS
        ],
    )
    return config_pb2.EvalConfig(
        model_specs=[_model_spec(prediction_files.PROBABILITIES)],
        slicing_specs=_slices(features.LABEL, extractors.CAPPED),
        metrics_specs=[overall, by_class],
    )


def autoencoder_eval_config(
    *, min_psnr: float, min_ssim: float
) -> config_pb2.EvalConfig:
    """The reconstruction's metrics, overall and by true class.

    Args:
      min_psnr: the gate on the mean PSNR of all test images, decibels.
      min_ssim: the gate on their mean SSIM, data range 1.
    """
    gates = {
        "psnr": config_pb2.MetricThreshold(value_threshold=_at_least(min_psnr)),
        "ssim": config_pb2.MetricThreshold(value_threshold=_at_least(min_ssim)),
    }
    metrics = [
        _metric("ReconstructionMetric", name, gates.get(name))
        for name in tfma_metrics.IMAGE_METRICS
    ]
    return config_pb2.EvalConfig(
        model_specs=[_model_spec()],
        slicing_specs=_slices(features.LABEL),
        metrics_specs=[config_pb2.MetricsSpec(metrics=metrics)],
    )


def _model_spec(prediction_key: str = "") -> config_pb2.ModelSpec:
    return config_pb2.ModelSpec(
        signature_name=SIGNATURE,
        label_key=features.LABEL,
        prediction_key=prediction_key,
    )


def _slices(*feature_keys: str) -> list[config_pb2.SlicingSpec]:
    """All examples, and a slice for each value of each feature."""
    return [
        config_pb2.SlicingSpec(),
        *(config_pb2.SlicingSpec(feature_keys=[key]) for key in feature_keys),
    ]


def _at_least(bound: float) -> config_pb2.GenericValueThreshold:
    return config_pb2.GenericValueThreshold(lower_bound={"value": bound})


def _metric(
    class_name: str,
    name: str,
    threshold: config_pb2.MetricThreshold | None = None,
    module: ModuleType = tfma_metrics,
) -> config_pb2.MetricConfig:
    metric = config_pb2.MetricConfig(
        class_name=class_name,
        module=module.__name__,
        config=f'"name": "{name}"',
    )
    if threshold is not None:
        metric.per_slice_thresholds.add(
            slicing_specs=[config_pb2.SlicingSpec()], threshold=threshold
        )
    return metric
