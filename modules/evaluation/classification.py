"""Scores of a classifier from its labels and probabilities.

NumPy only: no TensorFlow. The Evaluator's TFMA metrics are views of `Scores`.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modules.evaluation import reliability

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]


SCALARS = (
    "example_count",
    "accuracy",
    "top_2_accuracy",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "ece",
    "nll",
)
"""The metrics of all classes: each is an attribute of `Scores`, a metric of
the Evaluator, and a field of the run's result if that has one of the name."""

BY_CLASS = ("precision", "recall", "auc")
"""The metrics of one class, likewise; in `Scores` an array by label."""


@dataclasses.dataclass(frozen=True)
class Scores:
    """The scores of a classifier of C classes on a set of images.

    Averages named `macro_*` give each class that occurs among the true labels
    the same weight: in a slice of three classes they are the mean of three.

    Attributes:
      confusion: int64 [C, C], images by true class (row) and predicted class.
      top_2_hits: images whose true class is among the two most probable.
      auc: float64 [C], one class against the rest: the probability that an
        image of the class gets a higher probability of it than another image
        does, ties counting half. Exact; NaN for a class without images or
        without images of other classes.
      reliability: the confidence and accuracy of the images, by confidence.
      nll: the mean negative log-likelihood of the true class, nats.
    """

    confusion: Integers
    top_2_hits: int
    auc: Floats
    reliability: tuple[reliability.ReliabilityBin, ...]
    nll: float

    @property
    def example_count(self) -> int:
        """The number of images."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of images whose most probable class is the true one."""
        return float(np.trace(self.confusion) / self.example_count)

    @property
    def top_2_accuracy(self) -> float:
        """Share of images whose true class is among the two most probable."""
        return self.top_2_hits / self.example_count

    @property
    def recall(self) -> Floats:
        """[C]: share of a class's images found; 0 for a class without."""
        return _ratio(self.confusion.diagonal(), self.confusion.sum(axis=1))

    @property
    def precision(self) -> Floats:
        """[C]: share of a class's predictions that are right; 0 if none."""
        return _ratio(self.confusion.diagonal(), self.confusion.sum(axis=0))

    @property
    def f1(self) -> Floats:
        """[C]: harmonic mean of precision and recall; 0 where both are."""
        precision, recall = self.precision, self.recall
        return _ratio(2 * precision * recall, precision + recall)

    @property
    def macro_precision(self) -> float:
        """The mean precision of the classes that occur."""
        return self._macro(self.precision)

    @property
    def macro_recall(self) -> float:
        """The mean recall of the classes that occur."""
        return self._macro(self.recall)

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes that occur."""
        return self._macro(self.f1)

    @property
    def ece(self) -> float:
        """The expected calibration error."""
        return reliability.expected_calibration_error(self.reliability)

    def _macro(self, by_class: Floats) -> float:
        return float(by_class[self.confusion.sum(axis=1) > 0].mean())


def score(labels: Integers, probabilities: Floats) -> Scores:
    """The scores of predictions; the first of equal probabilities wins.

    Args:
      labels: integers [N], N > 0, each in [0, C).
      probabilities: floats [N, C], each row summing to 1.

    Raises:
      ValueError: if a label is not one of the C classes.
    """
    classes = probabilities.shape[1]
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"labels from {labels.min()} to {labels.max()}; the model's "
            f"classes are 0 to {classes - 1}."
        )
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    cells = np.bincount(labels * classes + best[:, 0], minlength=classes**2)
    return Scores(
        confusion=cells.reshape(classes, classes),
        top_2_hits=int((best == labels[:, None]).any(axis=1).sum()),
        auc=np.array(
            [_auc(labels == c, probabilities[:, c]) for c in range(classes)]
        ),
        reliability=reliability.reliability(labels, probabilities),
        nll=reliability.negative_log_likelihood(labels, probabilities),
    )


def _ratio(numerator: NDArray[Any], denominator: NDArray[Any]) -> Floats:
    """The quotient, and 0 where the denominator is."""
    result = np.zeros(len(denominator), np.float64)
    return np.divide(numerator, denominator, out=result, where=denominator > 0)


def _auc(positive: NDArray[np.bool_], scores: Floats) -> float:
    """The area under the ROC curve by the rank sum of Mann and Whitney."""
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return float("nan")
    _, group, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(sizes) - (sizes - 1) / 2
    rank_sum = float(mean_rank[group[positive]].sum())
    wins = rank_sum - positives * (positives + 1) / 2
    return wins / (positives * negatives)
