"""Test-time augmentation: the mean of a classifier's logits over several views.

One function for every place that averages: the served graph, calibration,
ServingCheck's reference, the ablation, the benchmarks.

`flip_translate` is airbench94's (Jordan 2024): the image where it is, and moved
by one pixel up and to the left or down and to the right with reflected borders,
each of them also mirrored. The image where it is has half of the weight, the
moved ones a quarter each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from modules.hparams import TestTimeAugmentation


@dataclasses.dataclass(frozen=True)
class View:
    """One of the images that the logits are averaged over.

    Attributes:
      weight: of its logits; those of all views add up to 1.
      shift: pixels that the image moves down and to the right.
      mirrored: whether it is flipped horizontally, after that.
    """

    weight: float
    shift: int = 0
    mirrored: bool = False

    def columns(self, size: int) -> np.ndarray:
        """From which of the image's columns each of the view's comes."""
        found = self.rows(size)
        return found[::-1].copy() if self.mirrored else found

    def rows(self, size: int) -> np.ndarray:
        """From which of the image's rows each of the view's comes."""
        last = size - 1
        shifted = np.arange(size) - self.shift
        return last - np.abs(last - np.abs(shifted))


VIEWS: dict[TestTimeAugmentation, tuple[View, ...]] = {
    "none": (View(1.0),),
    "flip": (View(0.5), View(0.5, mirrored=True)),
    "flip_translate": tuple(
        View(weight / 2, shift, mirrored)
        for weight, shift in ((0.5, 0), (0.25, -1), (0.25, 1))
        for mirrored in (False, True)
    ),
}


def average(
    logits: Callable[[Any], Any],
    pixels: Any,
    augmentation: TestTimeAugmentation,
) -> Any:
    """The logits that are served.

    Args:
      logits: a classifier's, float [N, classes], of such images.
      pixels: uint8 [N, S, S, 3], an array or a tensor; `logits` gets the same.
      augmentation: the views to average over.

    Returns:
      The weighted mean over the views, as `logits` returns it.
    """
    first, *others = VIEWS[augmentation]
    if not others:
        return logits(pixels)
    total = first.weight * logits(pixels)
    for view in others:
        total = total + view.weight * logits(_seen(pixels, view))
    return total


def _seen(pixels: Any, view: View) -> Any:
    take = np.take if isinstance(pixels, np.ndarray) else keras.ops.take
    size = pixels.shape[1]
    seen = pixels
    if view.shift:
        seen = take(seen, view.rows(size), axis=1)
    return take(seen, view.columns(size), axis=2)
