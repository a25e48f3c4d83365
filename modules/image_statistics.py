"""Statistics of images: a few numbers each, for comparing sets of images.

ImageExampleGen writes them beside each image, so that TFDV sees them as it sees
any feature; `cifar10 drift` computes them for logged images. They are taken of
decoded pixels at the model's size.

Integer arithmetic: a constant image has exactly no contrast, and the results
are the same on every machine. Pure numpy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Statistic(NamedTuple):
    """What an image statistic measures.

    Attributes:
      title: in a few words.
      low: its least possible value; the greatest is 1.
    """

    title: str
    low: int = 0


STATISTICS: Mapping[str, Statistic] = {
    "brightness": Statistic("mean luma"),
    "contrast": Statistic("standard deviation of the luma"),
    "saturation": Statistic("mean spread between a pixel's channels"),
    "sharpness": Statistic("mean difference between neighbouring pixels"),
    "red": Statistic("mean of the red channel"),
    "green": Statistic("mean of the green channel"),
    "blue": Statistic("mean of the blue channel"),
    "vertical_balance": Statistic("luma of the upper minus the lower half", -1),
    "horizontal_balance": Statistic("luma of the left minus the right", -1),
    "edge_direction": Statistic("upright minus level edges, as a share", -1),
}
"""All statistics by name, which is also the feature's name.

Saturation tells grey sets apart, brightness and colours other cameras; the last
three tell sets that were inverted, rotated or flipped: photographs are lighter
above than below, and have more level than upright edges.
"""

_BATCH_PIXELS = 250 * 32 * 32
"""Pixels at a time, in whole images: they stay in a processor's cache."""
_WEIGHTS = np.array([77, 150, 29], np.uint16)
"""Of red, green and blue in the luma (Rec. 601), in parts of 256."""


def image_statistics(
    pixels: NDArray[np.uint8],
) -> dict[str, NDArray[np.float32]]:
    """The statistics of each image.

    Args:
      pixels: uint8 [N, H, W, 3]; H and W from 2 to 4,096.

    Returns:
      float32 [N] for each of `STATISTICS`: from 0 to 1, or from -1 to 1.
    """
    _, height, width, _ = pixels.shape
    together = max(1, _BATCH_PIXELS // max(1, height * width))
    parts = [
        dict(_statistics(pixels[start : start + together]))
        for start in range(0, len(pixels), together)
    ]
    nothing = [np.zeros(0, np.float32)]
    return {
        name: np.concatenate([part[name] for part in parts] or nothing)
        for name in STATISTICS
    }


def _statistics(
    pixels: NDArray[np.uint8],
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The statistics of a few images."""
    planes = np.ascontiguousarray(pixels.transpose(3, 0, 1, 2))
    luma = _luma(planes)
    rows, columns = _sum(luma, 2), _sum(luma, 1)
    upright = _mean(np.abs(luma[:, :, 1:] - luma[:, :, :-1]))
    level = _mean(np.abs(luma[:, 1:] - luma[:, :-1]))
    yield "brightness", _scaled(rows.mean(axis=1) / luma.shape[2])
    yield "contrast", _scaled(_deviation(luma, rows.sum(axis=1)))
    yield "saturation", _scaled(_mean(planes.max(axis=0) - planes.min(axis=0)))
    yield "sharpness", _scaled((upright + level) / 2)
    for name, plane in zip(("red", "green", "blue"), planes, strict=True):
        yield name, _scaled(_mean(plane))
    yield "vertical_balance", _scaled(_balance(rows) / luma.shape[2])
    yield "horizontal_balance", _scaled(_balance(columns) / luma.shape[1])
    edges = upright + level
    share = (upright - level) / np.where(edges > 0, edges, 1)
    yield "edge_direction", share.astype(np.float32)


def _luma(planes: NDArray[np.uint8]) -> NDArray[np.int16]:
    """The luma, 0 to 255, rounded to the nearest: [N, H, W]."""
    red, green, blue = planes.astype(np.uint16)
    mixed = _WEIGHTS[0] * red + _WEIGHTS[1] * green + _WEIGHTS[2] * blue
    mixed += 128
    return (mixed >> 8).astype(np.int16)


def _sum(values: NDArray, axis: int) -> NDArray[np.int32]:
    return values.sum(axis=axis, dtype=np.int32)


def _mean(values: NDArray) -> NDArray[np.float64]:
    """The mean of each image, [N]."""
    return _sum(values.reshape(len(values), -1), 1) / values[0].size


def _deviation(
    luma: NDArray[np.int16], sums: NDArray[np.int32]
) -> NDArray[np.float64]:
    """The standard deviation of each image, [N]; its variance is exact."""
    wide = luma.astype(np.int32)
    squares = np.einsum("nij,nij->ni", wide, wide).sum(axis=1, dtype=np.int64)
    count = luma[0].size
    return np.sqrt(count * squares - sums.astype(np.int64) ** 2) / count


def _balance(sums: NDArray[np.int32]) -> NDArray[np.float64]:
    """The mean of the first half minus the mean of the last, [N]."""
    half = sums.shape[1] // 2
    return sums[:, :half].mean(axis=1) - sums[:, -half:].mean(axis=1)


def _scaled(levels: NDArray[np.float64]) -> NDArray[np.float32]:
    """Levels of 0 to 255 as 0 to 1."""
    return (levels / 255).astype(np.float32)
