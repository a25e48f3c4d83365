"""PCA-whitening filters, which initialise the encoder's first layer.

A linear autoencoder's best hidden layer spans the leading principal directions
of its input (Baldi & Hornik, 1989). Starting there, with every direction at
unit variance, saves most of the training, and hands the classifier the white
input that short schedules profit from (Jordan 2024, after Coates & Ng, 2012).
Pure numpy.
"""

from __future__ import annotations

import numpy as np

from modules.stored_pixels import Pixels

MAX_IMAGES = 5_000
MAX_PATCHES = MAX_IMAGES * 31 * 31
"""Of 2x2 pixels; larger ones count for more. So memory is bounded whatever the
images' size: at 32x32 pixels, all of `MAX_IMAGES` are used."""


def patch_covariance(pixels: np.ndarray, kernel: int) -> np.ndarray:
    """Covariance of all `kernel` x `kernel` patches, pixels in [0, 1].

    Args:
      pixels: uint8 [N, S, S, 3].
      kernel: side of a patch, pixels.

    Returns:
      float64 [D, D] with D = kernel * kernel * 3, the entries of a patch in
      row-major (row, column, channel) order.
    """
    images = pixels.astype(np.float32) / 255
    images -= images.mean(axis=(0, 1, 2))
    windows = np.lib.stride_tricks.sliding_window_view(
        images, (kernel, kernel), axis=(1, 2)
    )
    patches = np.moveaxis(windows, 3, -1).reshape(-1, kernel * kernel * 3)
    return (patches.T @ patches / len(patches)).astype(np.float64)


def whitening_filters(
    pixels: Pixels, *, kernel: int, channels: int, epsilon: float
) -> tuple[np.ndarray, np.ndarray]:
    """Convolution weights that whiten patches, in both signs.

    Args:
      pixels: uint8 [N, S, S, 3]; the first of them are used.
      kernel: side of a patch, pixels.
      channels: filters; half of them are the leading principal directions,
        the other half their negatives.
      epsilon: added to the variance of a direction before its scaling.

    Returns:
      (filters float32 [kernel, kernel, 3, channels], bias float32 [channels]);
      the bias removes the mean pixel.

    Raises:
      ValueError: if `channels` is odd or more than twice the size of a patch.
    """
    size = kernel * kernel * 3
    if channels % 2 or channels > 2 * size:
        raise ValueError(
            f"a {kernel}x{kernel} patch has {size} directions, so node 2 has "
            f"an even number of channels up to {2 * size}; got {channels}."
        )
    first = pixels[: _enough(pixels.shape[1], kernel)]
    variance, directions = np.linalg.eigh(patch_covariance(first, kernel))
    leading = np.argsort(variance)[::-1][: channels // 2]
    # eigh leaves the sign open; fixing it keeps runs alike across machines.
    vectors = directions[:, leading]
    vectors *= np.sign(
        vectors[np.abs(vectors).argmax(axis=0), range(len(leading))]
    )
    white = vectors / np.sqrt(variance[leading] + epsilon)
    filters = np.concatenate([white, -white], axis=1)
    mean = np.tile(first.mean(axis=(0, 1, 2)) / 255, kernel * kernel)
    bias = -(mean @ filters)
    shape = (kernel, kernel, 3, channels)
    return filters.reshape(shape).astype("float32"), bias.astype("float32")


def unwhitening_filters(filters: np.ndarray) -> np.ndarray:
    """What undoes `whitening_filters`, weighted by GELUs of both signs.

    GELU(z) - GELU(-z) = z, and the filters are orthogonal. So the code of a
    patch, times these, is the patch less the mean pixel: exactly, if there are
    as many filters as `channels` may be.

    Args:
      filters: float32 [kernel, kernel, 3, channels].

    Returns:
      float32 of the same shape, an entry of a patch for each entry of its code.
    """
    return filters / np.square(filters).sum(axis=(0, 1, 2))


def _enough(size: int, kernel: int) -> int:
    """How many images of a size the covariance is taken of."""
    patches = (size - kernel + 1) ** 2 * kernel**2 / 4
    return max(1, min(MAX_IMAGES, int(MAX_PATCHES / patches)))
