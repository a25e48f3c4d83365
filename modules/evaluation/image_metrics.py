"""PSNR and SSIM of reconstructed images; what the autoencoder's gate measures.

NumPy only: no TensorFlow. Images are uint8 [N, H, W, C] with a range of 0 to
255, or floats of the same shape with a range of 0 to 1.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_PSNR = 100.0
"""The PSNR of identical images, decibels: their error is 0, their ratio
infinite. The largest finite value of a 32x32 uint8 image is 83 dB."""

_WINDOW = 11
_SIGMA = 1.5
_K1, _K2 = 0.01, 0.03
_CHUNK = 32

ImageBatch = NDArray[Any]
Floats = NDArray[np.floating[Any]]


METRICS = ("psnr", "ssim", "ssim_range_2")
"""The columns of `quality`: each a metric of the Evaluator, as a mean over
images, and a field of the run's result."""


def psnr(original: ImageBatch, reconstruction: ImageBatch) -> Floats:
    """The peak signal-to-noise ratio of each image, decibels.

    The mean squared error runs over the pixels and channels of one image, and
    the peak is 1 (255 for uint8). The PSNR of a data set is the *mean of the
    images'* values, as `tf.image.psnr` followed by a mean gives it, not the
    PSNR of the mean error. Identical images get `MAX_PSNR`.

    Args:
      original: [N, H, W, C], uint8 or float.
      reconstruction: the same shape; uint8 or float.

    Returns:
      float64 [N].

    Raises:
      ValueError: if the shapes differ.
    """
    a, b = _pair(original, reconstruction)
    mse = np.square(a - b).mean(axis=(1, 2, 3), dtype=np.float64)
    smallest = 10.0 ** (-MAX_PSNR / 10.0)
    return -10.0 * np.log10(np.maximum(mse, smallest))


def ssim(
    original: ImageBatch, reconstruction: ImageBatch, *, data_range: float = 1.0
) -> Floats:
    """The structural similarity of each image (Wang et al. 2004).

    A Gaussian window of 11 pixels, sigma 1.5, K1 = 0.01, K2 = 0.03; the mean
    over the positions where the window lies inside the image, and over the
    channels: the convention of `tf.image.ssim`, and of scikit-image with
    `gaussian_weights=True, sigma=1.5, use_sample_covariance=False`.

    Args:
      original: [N, H, W, C] with H and W at least 11, uint8 or float.
      reconstruction: the same shape; uint8 or float.
      data_range: the L of the paper, the range of the pixel values. It is 1
        for images in [0, 1]; 2 enlarges the stabilizing constants fourfold and
        gives higher values, which some published figures contain.

    Returns:
      float32 [N].

    Raises:
      ValueError: if the shapes differ, or an image is smaller than the window.
    """
    return _similarities(original, reconstruction, (data_range,))[:, 0]


def quality(original: ImageBatch, reconstruction: ImageBatch) -> Floats:
    """All `METRICS` of each image, float64 [N, 3].

    The PSNR is in decibels, the SSIM has a data range of 1, then of 2;
    arguments and errors as in `ssim`.
    """
    return np.column_stack(
        [
            psnr(original, reconstruction),
            _similarities(original, reconstruction, (1.0, 2.0)),
        ]
    )


def _pair(
    original: ImageBatch, reconstruction: ImageBatch
) -> tuple[ImageBatch, ImageBatch]:
    if original.shape != reconstruction.shape or original.ndim != 4:
        raise ValueError(
            f"images of shapes {original.shape} and {reconstruction.shape}; "
            "expected two batches of one shape [N, H, W, C]."
        )
    return _unit_range(original), _unit_range(reconstruction)


def _unit_range(images: ImageBatch) -> ImageBatch:
    scale = 255.0 if images.dtype == np.uint8 else 1.0
    return images.astype(np.float32) / np.float32(scale)


def _similarities(
    original: ImageBatch,
    reconstruction: ImageBatch,
    data_ranges: Sequence[float],
) -> Floats:
    """The SSIM of N images at each of R data ranges, [N, R]."""
    a, b = _pair(original, reconstruction)
    result = np.zeros((len(a), len(data_ranges)), np.float32)
    for start in range(0, len(a), _CHUNK):
        part = slice(start, start + _CHUNK)
        moments = _moments(a[part], b[part])
        for column, data_range in enumerate(data_ranges):
            result[part, column] = _ssim(moments, data_range)
    return result


def _moments(a: ImageBatch, b: ImageBatch) -> tuple[ImageBatch, ...]:
    """Window by window: means' product, means' squares, covariance, variances.

    The squares and the variances of the two images come as sums.
    """
    # [N, H, W, C] -> [N, C, H, W]: the filter runs on the last two axes.
    a, b = np.moveaxis(a, 3, 1), np.moveaxis(b, 3, 1)
    mean_a, mean_b = _filter(a), _filter(b)
    product, squares = mean_a * mean_b, mean_a**2 + mean_b**2
    covariance = _filter(a * b) - product
    variances = _filter(a * a + b * b) - squares
    return product, squares, covariance, variances


def _ssim(moments: tuple[ImageBatch, ...], data_range: float) -> Floats:
    product, squares, covariance, variances = moments
    c1, c2 = (_K1 * data_range) ** 2, (_K2 * data_range) ** 2
    luminance = (2 * product + c1) / (squares + c1)
    contrast = (2 * covariance + c2) / (variances + c2)
    return (luminance * contrast).mean(axis=(1, 2, 3))


def _filter(x: ImageBatch) -> ImageBatch:
    """The Gaussian window at every valid position of the last two axes."""
    rows, columns = _band(x.shape[-2]), _band(x.shape[-1])
    return rows @ x @ columns.T


@functools.cache
def _band(size: int) -> ImageBatch:
    """The window as a banded matrix: [size - 10, size] filters by product."""
    if size < _WINDOW:
        raise ValueError(
            f"an image side of {size} pixels; SSIM needs at least {_WINDOW}."
        )
    offsets = np.arange(_WINDOW) - _WINDOW // 2
    window = np.exp(-(offsets**2) / (2 * _SIGMA**2))
    band = np.zeros((size - _WINDOW + 1, size), np.float32)
    for row in range(len(band)):
        band[row, row : row + _WINDOW] = window / window.sum()
    return band
