"""The reliability curve, to be drawn: confidence against accuracy.

Positions are in the unit square, x to the right and y upwards.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from modules.evaluation import uncertainty
from modules.evaluation.reliability import ReliabilityBin

FEW = 10
"""A bin with fewer images is in the table, not in the drawing: its accuracy
could be anything."""


@dataclasses.dataclass(frozen=True)
class Point:
    """A bin with images in it.

    Attributes:
      low: the least confidence of the bin.
      high: where the next bin begins.
      count: images in the bin.
      confidence: their mean confidence.
      accuracy: the share of them classified correctly.
      strength: their number over that of the fullest bin.
      accuracy_low: the lower end of the accuracy's 95 % interval.
      accuracy_high: the upper end.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float
    strength: float
    accuracy_low: float
    accuracy_high: float

    @property
    def drawn(self) -> bool:
        """Whether there are enough images to say something."""
        return self.count >= FEW


def points(bins: Sequence[ReliabilityBin]) -> list[Point]:
    """The bins with images in them, by confidence.

    Args:
      bins: all, of equal width from 0 to 1, in order.
    """
    most = max((b.count for b in bins), default=0)
    return [
        _point(b, i / len(bins), (i + 1) / len(bins), most)
        for i, b in enumerate(bins)
        if b.count
    ]


def _point(found: ReliabilityBin, low: float, high: float, most: int) -> Point:
    least, greatest = uncertainty.wilson(found.accuracy, found.count)
    return Point(
        low=low,
        high=high,
        count=found.count,
        confidence=found.confidence,
        accuracy=found.accuracy,
        strength=found.count / most,
        accuracy_low=least,
        accuracy_high=greatest,
    )
