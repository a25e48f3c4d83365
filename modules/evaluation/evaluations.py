"""TFMA's output files as plain figures, and its refusals as sentences.

Importing this module is cheap; TFMA is imported when a file is read.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modules.common.errors import UserError
from modules.evaluation.reliability import ReliabilityBin

SliceKey = tuple[tuple[str, str | int], ...]
FigureKey = tuple[SliceKey, str, int | None]
"""A slice, a metric's name, and the class it is of, or None."""

OVERALL: SliceKey = ()

_TITLES = {
    "accuracy": "accuracy",
    "recall": "recall",
    "psnr": "PSNR of the reconstructions",
    "ssim": "SSIM of the reconstructions",
}
_UNITS = {"psnr": " dB"}
_GUESSING = 0.1
"""The part of the way from a random guess to 1 that may be luck."""
_BASELINE = "baseline"
_VALIDATIONS = "validations.tfrecord"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The output of one Evaluator.

    Attributes:
      figures: the metrics of the evaluated model.
      baseline: those of the model in production; empty if there is none.
      confusion: for each true class in label order, the shares of its images
        by predicted class; all 0 where the matrix is not computed.
      reliability: confidence and accuracy in bins of equal width from 0 to 1;
        empty where the curve is not computed.
      refusals: why the model was not blessed, one sentence each.
    """

    figures: Mapping[FigureKey, float]
    baseline: Mapping[FigureKey, float]
    confusion: Sequence[tuple[float, ...]]
    reliability: tuple[ReliabilityBin, ...]
    refusals: tuple[str, ...]


def load(uri: str, class_names: Sequence[str]) -> Evaluation:
    """Reads the `evaluation` artifact at `uri`.

    Raises:
      UserError: if it is not there any more.
    """
    if not (pathlib.Path(uri) / _VALIDATIONS).is_file():
        raise UserError(
            f"the evaluation at {uri} contains no {_VALIDATIONS}; expected "
            "the Evaluator's output. Run again in an empty root."
        )
    import tensorflow_model_analysis as tfma

    metrics = list(tfma.load_metrics(uri))
    plots = list(tfma.load_plots(uri))
    validation = tfma.load_validation_result(uri)
    figures = _figures(metrics, baseline=False)
    baseline = _figures(metrics, baseline=True)
    return Evaluation(
        figures=figures,
        baseline=baseline,
        confusion=_confusion(plots, len(class_names)),
        reliability=tuple(_reliability(plots)),
        refusals=tuple(
            _sentence(failure, class_names, baseline)
            for slice_ in validation.metric_validations_per_slice
            for failure in slice_.failures
        ),
    )


def _figures(
    metrics: Sequence[Any], *, baseline: bool
) -> dict[FigureKey, float]:
    return {
        (_slice_key(m), *_metric(item.key)): item.value.double_value.value
        for m in metrics
        for item in m.metric_keys_and_values
        if (item.key.model_name == _BASELINE) == baseline
        and not item.key.is_diff
    }


def _slice_key(metrics: Any) -> SliceKey:
    """Of a metrics or plots message: (column, value) pairs."""
    return tuple(
        (
            key.column,
            key.bytes_value.decode()
            if key.WhichOneof("kind") == "bytes_value"
            else key.int64_value,
        )
        for key in metrics.slice_key.single_slice_keys
    )


def _metric(key: Any) -> tuple[str, int | None]:
    class_id = key.sub_key.class_id.value if key.HasField("sub_key") else None
    return key.name, class_id


def _confusion(plots: Sequence[Any], classes: int) -> list[tuple[float, ...]]:
    counts = [[0.0] * classes for _ in range(classes)]
    for plot in _of_all_images(plots):
        for matrix in plot.multi_class_confusion_matrix_at_thresholds.matrices:
            for cell in matrix.entries:
                count = cell.num_weighted_examples
                counts[cell.actual_class_id][cell.predicted_class_id] += count
    return [tuple(n / (sum(row) or 1) for n in row) for row in counts]


def _reliability(plots: Sequence[Any]) -> Iterator[ReliabilityBin]:
    for plot in _of_all_images(plots):
        for bucket in plot.calibration_histogram_buckets.buckets:
            count = round(bucket.num_weighted_examples.value)
            confidences = bucket.total_weighted_refined_prediction.value
            yield ReliabilityBin(
                count=count,
                confidence=confidences / (count or 1),
                accuracy=bucket.total_weighted_label.value / (count or 1),
            )


def _of_all_images(plots: Sequence[Any]) -> Iterator[Any]:
    """What is plotted of the evaluated model on all images."""
    for plot in plots:
        for item in plot.plot_keys_and_values:
            if _slice_key(plot) == OVERALL and item.key.model_name != _BASELINE:
                yield item.value


def _sentence(
    failure: Any,
    class_names: Sequence[str],
    baseline: Mapping[FigureKey, float],
) -> str:
    """What TFMA found below a threshold, in words."""
    name, class_id = _metric(failure.metric_key)
    title, unit = _TITLES.get(name, name), _UNITS.get(name, "")
    if class_id is not None:
        title += f" of {class_names[class_id]}"
    if not failure.HasField("metric_value"):
        return f"{title} was not measured"
    value = failure.metric_value.double_value.value
    if failure.metric_key.is_diff:
        bound = failure.metric_threshold.change_threshold.absolute.value
        before = baseline[OVERALL, name, class_id]
        return (
            f"{title} is {before + value:.4f}{unit}, {-value:.4f} less than "
            f"in production ({before:.4f}); the gate allows {-bound:.4f}"
        )
    bound = failure.metric_threshold.value_threshold.lower_bound.value
    found, asked = _distinct(value, bound)
    sentence = f"{title} is {found}{unit}, the gate asks for {asked}{unit}"
    guess = 1 / len(class_names)
    if name == "accuracy" and value < guess + _GUESSING * (1 - guess):
        sentence += (
            f"; a random guess has {guess:.2f}: check that the labels belong "
            "to the images"
        )
    return sentence


def _distinct(value: float, bound: float) -> tuple[str, str]:
    """Both numbers, with just enough digits to see which is lower."""
    for digits in range(2, 9):
        texts = f"{value:.{digits}f}", f"{bound:.{digits}f}"
        if texts[0] != texts[1]:
            break
    return texts
