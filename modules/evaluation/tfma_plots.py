"""The TFMA plots of the classifier's Evaluator, in the protos TFMA draws.

Views of the same scores as the metrics of `modules.evaluation.tfma_metrics`.
TFMA's own calibration plot is of every class's probability; this one is of the
most probable class's, as Guo et al. 2017 draw it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from tensorflow_model_analysis.metrics import (
    calibration_plot,
    metric_types,
    metric_util,
    multi_class_confusion_matrix_metrics,
)
from tensorflow_model_analysis.proto import metrics_for_slice_pb2

from modules.evaluation import classification, reliability, tfma_metrics

CONFUSION_PLOT = "multi_class_confusion_matrix_plot"
RELIABILITY_PLOT = calibration_plot.CALIBRATION_PLOT_NAME


class ConfusionMatrix(metric_types.Metric):
    """The confusion matrix as the plot that TFMA's viewers draw."""

    def __init__(self, name: str = CONFUSION_PLOT) -> None:
        super().__init__(
            metric_util.merge_per_key_computations(_confusion_plot), name=name
        )


class ReliabilityCurve(metric_types.Metric):
    """The reliability curve as the plot that TFMA's viewers draw.

    In each bucket, the total label is the number of correctly classified
    images, and the total prediction the sum of their confidences.
    """

    def __init__(self, name: str = RELIABILITY_PLOT) -> None:
        super().__init__(
            metric_util.merge_per_key_computations(_reliability_plot), name=name
        )


def _confusion_plot(
    name: str, model_name: str = ""
) -> metric_types.MetricComputations:
    entry = multi_class_confusion_matrix_metrics.MatrixEntryKey

    def value(scores: classification.Scores) -> Any:
        cells = np.ndenumerate(scores.confusion)
        matrix = {entry(*cell): float(n) for cell, n in cells if n}
        matrices = multi_class_confusion_matrix_metrics.Matrices({0.0: matrix})
        return matrices.to_proto().multi_class_confusion_matrix_at_thresholds

    key = metric_types.PlotKey(name, model_name=model_name)
    return tfma_metrics.view_of_scores(key, value)


def _reliability_plot(
    name: str, model_name: str = ""
) -> metric_types.MetricComputations:
    # The upper end of a bucket is not in it, but the confidence 1 is.
    edges = [*reliability.EDGES[:-1], np.nextafter(1.0, 2.0)]

    def value(scores: classification.Scores) -> Any:
        plot = metrics_for_slice_pb2.CalibrationHistogramBuckets()
        for index, bin_ in enumerate(scores.reliability):
            plot.buckets.add(
                lower_threshold_inclusive=edges[index],
                upper_threshold_exclusive=edges[index + 1],
                num_weighted_examples={"value": bin_.count},
                total_weighted_label={"value": bin_.count * bin_.accuracy},
                total_weighted_refined_prediction={
                    "value": bin_.count * bin_.confidence
                },
            )
        return plot

    key = metric_types.PlotKey(name, model_name=model_name)
    return tfma_metrics.view_of_scores(key, value)
