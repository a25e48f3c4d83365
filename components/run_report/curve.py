"""The reliability curve, to be drawn: confidence against accuracy.

Positions are in the unit square, x to the right and y upwards.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from modules.evaluation.reliability import ReliabilityBin


@dataclasses.dataclass(frozen=True)
class Point:
    """A bin with images in it.

    Attributes:
      low: the least confidence of the bin.
      high: where the next bin begins.
      count: images in the bin.
      confidence: their mean confidence.
      accuracy: the share of them classified rightly.
      strength: their number over that of the fullest bin.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float
    strength: float


def points(bins: Sequence[ReliabilityBin]) -> list[Point]:
    """The bins with images in them, by confidence.

    Args:
      bins: all, of equal width from 0 to 1, in order.
    """
    most = max((b.count for b in bins), default=0)
    return [
        Point(
            low=i / len(bins),
            high=(i + 1) / len(bins),
            count=b.count,
            confidence=b.confidence,
            accuracy=b.accuracy,
            strength=b.count / most,
        )
        for i, b in enumerate(bins)
        if b.count
    ]
