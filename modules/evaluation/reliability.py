"""Calibration: confidence against accuracy, bin by bin.

The reliability curve and the expected calibration error of Guo et al., *On
Calibration of Modern Neural Networks*, 2017: of the most probable class, its
probability (the confidence) and how often it is the true one. NumPy only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15
EDGES = np.linspace(0, 1, BINS + 1)
"""Bin i has the confidences from `EDGES[i]` to below `EDGES[i + 1]`; the last
bin has 1 as well."""

_SMALLEST = float(np.finfo(np.float32).tiny)

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """The images whose confidence lies in one bin.

    Attributes:
      count: how many there are.
      confidence: their mean confidence; 0 where there are none.
      accuracy: the share of them classified correctly; 0 where there are none.
    """

    count: int
    confidence: float
    accuracy: float


def reliability(
    labels: Integers, probabilities: Floats
) -> tuple[ReliabilityBin, ...]:
    """The reliability curve: `BINS` bins of equal width, from 0 to 1.

    Args:
      labels: integers [N], each in [0, C).
      probabilities: floats [N, C]; the first of equals is the prediction.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bins = np.digitize(confidence, EDGES[1:-1])
    counts = np.bincount(bins, minlength=BINS)
    sums = np.bincount(bins, confidence, minlength=BINS)
    hits = np.bincount(bins, right, minlength=BINS)
    return tuple(
        ReliabilityBin(
            count=int(count),
            confidence=float(total / (count or 1)),
            accuracy=float(hit / (count or 1)),
        )
        for count, total, hit in zip(counts, sums, hits, strict=True)
    )


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """The mean over images of |accuracy - confidence| of their bin."""
    gaps = sum(b.count * abs(b.accuracy - b.confidence) for b in bins)
    return gaps / sum(b.count for b in bins)


def negative_log_likelihood(labels: Integers, probabilities: Floats) -> float:
    """The mean over images of -ln(probability of the true class), nats.

    A probability that was rounded to 0 counts as the smallest normal float32,
    87.3 nats, and not as infinitely many.

    Args:
      labels: integers [N], each in [0, C).
      probabilities: floats [N, C].
    """
    true = np.take_along_axis(probabilities, labels[:, None], axis=1)
    return float(-np.log(np.maximum(true.astype(np.float64), _SMALLEST)).mean())
