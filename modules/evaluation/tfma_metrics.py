"""The TFMA metrics of both Evaluators; plots are in `tfma_plots`.

TFMA's own one-vs-rest metrics visit every example once a class, a metric and a
slice. Here the predictions of a slice are gathered once and scored together by
NumPy; each metric in the EvalConfig is a view of that one result.

A config names these classes by module: `MetricConfig(class_name=
'ClassifierMetric', module='modules.evaluation.tfma_metrics',
config='{"name": "accuracy"}')`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import metric_types, metric_util

from modules.evaluation import classification, image_metrics
from modules.evaluation.classification import BY_CLASS, SCALARS
from modules.evaluation.prediction_files import PROBABILITIES

ORIGINAL, RECONSTRUCTION = "original", "reconstruction"

IMAGE_METRICS = ("example_count", *image_metrics.METRICS)
"""Metrics of reconstructions, in the order of the sums."""

_SCALE = 60

Row = tuple[np.ndarray, np.ndarray]
Metrics = dict[metric_types.MetricKey, Any]


class ClassifierMetric(metric_types.Metric):
    """A metric of the classifier's `probabilities` against integer labels.

    Args:
      name: one of `SCALARS`; or of `BY_CLASS`, in a MetricsSpec with
        `binarize.class_ids`.
    """

    def __init__(self, name: str) -> None:
        if name not in SCALARS and name not in BY_CLASS:
            raise ValueError(
                f"no classifier metric {name!r}; there are "
                f"{', '.join([*SCALARS, *BY_CLASS])}."
            )
        super().__init__(
            metric_util.merge_per_key_computations(_classifier_metric),
            name=name,
        )


class ReconstructionMetric(metric_types.Metric):
    """A metric of `reconstruction` against `original`, both uint8 images.

    Args:
      name: one of `IMAGE_METRICS`: `psnr` in decibels, `ssim` with a data
        range of 1, `ssim_range_2` with one of 2. Each is a mean over images.
    """

    def __init__(self, name: str) -> None:
        if name not in IMAGE_METRICS:
            raise ValueError(
                f"no reconstruction metric {name!r}; there are "
                f"{', '.join(IMAGE_METRICS)}."
            )
        super().__init__(
            metric_util.merge_per_key_computations(_reconstruction_metric),
            name=name,
        )


def _classifier_metric(
    name: str, model_name: str = "", sub_key: tfma.metrics.SubKey | None = None
) -> metric_types.MetricComputations:
    def value(scores: classification.Scores) -> float:
        if sub_key is None:
            return getattr(scores, name)
        return float(getattr(scores, name)[sub_key.class_id])

    key = metric_types.MetricKey(name, model_name=model_name, sub_key=sub_key)
    return view_of_scores(key, value)


def view_of_scores(
    key: metric_types.MetricKey, value: Callable[[classification.Scores], Any]
) -> metric_types.MetricComputations:
    """The metric or plot `key`: what `value` makes of its model's scores."""
    shared = _scores(key.model_name)
    return [shared, _view(shared, key, value)]


def _reconstruction_metric(
    name: str, model_name: str = ""
) -> metric_types.MetricComputations:
    def value(quality: dict[str, float]) -> float:
        return quality[name]

    key = metric_types.MetricKey(name, model_name=model_name)
    quality = metric_types.MetricKey("_image_quality", model_name=model_name)
    shared = metric_types.MetricComputation(
        keys=[quality],
        preprocessors=[_ReconstructionPreprocessor(model_name)],
        combiner=_ImageQualityCombineFn(quality),
    )
    return [shared, _view(shared, key, value)]


def _scores(model_name: str) -> metric_types.MetricComputation:
    """The computation all classifier metrics share; TFMA runs it once."""
    key = metric_types.MetricKey("_scores", model_name=model_name)
    return metric_types.MetricComputation(
        keys=[key],
        preprocessors=[_ProbabilitiesPreprocessor(model_name)],
        combiner=_ScoresCombineFn(key),
    )


def _view(
    shared: metric_types.MetricComputation,
    key: metric_types.MetricKey,
    value: Callable[[Any], Any],
) -> metric_types.DerivedMetricComputation:
    """`key`, computed by `value` from the result of `shared`."""
    source = shared.keys[0]

    def result(metrics: Metrics) -> Metrics:
        return {key: value(metrics[source])}

    return metric_types.DerivedMetricComputation(keys=[key], result=result)


class _Preprocessor(metric_types.Preprocessor):
    """Takes from an example's extracts only what one model's metrics need."""

    def __init__(self, model_name: str) -> None:
        super().__init__(name=f"{type(self).__name__}({model_name})")
        self._model_name = model_name

    def _of_model(self, extracts: dict[str, Any], key: str) -> Any:
        """The extract `key`; TFMA keys it by model where there are several."""
        value = extracts[key]
        return value[self._model_name] if self._model_name else value


class _ProbabilitiesPreprocessor(_Preprocessor):
    def process(self, extracts: dict[str, Any]) -> Iterator[Row]:
        label = self._of_model(extracts, tfma.LABELS_KEY)
        predictions = self._of_model(extracts, tfma.PREDICTIONS_KEY)
        probabilities = predictions[PROBABILITIES]
        yield np.reshape(label, (1,)), np.reshape(probabilities, (1, -1))


class _ReconstructionPreprocessor(_Preprocessor):
    def process(self, extracts: dict[str, Any]) -> Iterator[np.ndarray]:
        predictions = self._of_model(extracts, tfma.PREDICTIONS_KEY)
        a, b = predictions[ORIGINAL], predictions[RECONSTRUCTION]
        yield np.append(1.0, image_metrics.quality(a[None], b[None]))


class _ScoresCombineFn(beam.CombineFn):
    """Labels and probabilities to `Scores`: 48 bytes an image of ten classes.

    Exact values, AUC above all, need every prediction of a slice at one place.
    They are put in an order of their own: sums of floats depend on it, and the
    order of arrival depends on the Beam runner.
    """

    def __init__(self, key: metric_types.MetricKey) -> None:
        self._key = key

    def create_accumulator(self) -> list[Row]:
        return []

    def add_input(self, rows: list[Row], row: Row) -> list[Row]:
        rows.append(row)
        return rows

    def merge_accumulators(self, parts: Iterable[list[Row]]) -> list[Row]:
        return [row for rows in parts for row in rows]

    def compact(self, rows: list[Row]) -> list[Row]:
        if len(rows) < 2:
            return rows
        labels, probabilities = zip(*rows, strict=True)
        return [(np.concatenate(labels), np.concatenate(probabilities))]

    def extract_output(self, rows: list[Row]) -> Metrics:
        ((labels, probabilities),) = self.compact(rows)
        order = np.lexsort([*probabilities.T, labels])
        scores = classification.score(labels[order], probabilities[order])
        return {self._key: scores}


class _ImageQualityCombineFn(beam.CombineFn):
    """Sums of `IMAGE_METRICS`, to their means.

    The sums are of integers, units of 2**-60: exact, whatever the order.
    """

    def __init__(self, key: metric_types.MetricKey) -> None:
        self._key = key

    def create_accumulator(self) -> list[int]:
        return [0] * len(IMAGE_METRICS)

    def add_input(self, sums: list[int], row: np.ndarray) -> list[int]:
        return [
            total + int(np.ldexp(value, _SCALE))
            for total, value in zip(sums, row.tolist(), strict=True)
        ]

    def merge_accumulators(self, parts: Iterable[list[int]]) -> list[int]:
        return [sum(column) for column in zip(*parts, strict=True)]

    def extract_output(self, sums: list[int]) -> Metrics:
        count, *totals = sums
        means = [total / count for total in totals]
        values = [count / 2**_SCALE, *means]
        return {self._key: dict(zip(IMAGE_METRICS, values, strict=True))}
