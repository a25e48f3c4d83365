"""Numbers that describe image files, for comparing sets of images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from components.image_example_gen import image_file
from modules.image_statistics import image_statistics


def describe(images: Sequence[bytes], size: int) -> dict[str, NDArray]:
    """The size and the statistics of each PNG or JPEG file, [N] each.

    `width` and `height` are the file's. The others are `image_statistics` of
    the image as the model sees it: upright, on white, resized, by the decoding
    rules of training and serving.

    Args:
      images: the files.
      size: the model's image size, pixels.

    Raises:
      ValueError: if one cannot be decoded.
    """
    with image_file.quietly():
        decoded = [image_file.decode(image) for image in images]
    pixels = np.stack([image_file.resize(each, size) for each in decoded])
    return {
        "width": np.array([each.shape[1] for each in decoded], np.float64),
        "height": np.array([each.shape[0] for each in decoded], np.float64),
        **image_statistics(pixels),
    }
