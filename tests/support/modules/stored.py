"""Images in a file, as `load_split` leaves those that are too many."""

import math
import tempfile

import numpy as np

from modules.stored_pixels import PixelFile, StoredPixels


def stored(pixels, digest="digest"):
    """The images, uint8 [N, S, S, 3], which lie in the file in no order."""
    file = PixelFile(tempfile.gettempdir(), pixels.shape[1])
    order = np.random.default_rng(1).permutation(len(pixels))
    rows = file.append(
        pixels[order].reshape(len(pixels), math.prod(pixels.shape[1:]))
    )
    return StoredPixels(file, rows[np.argsort(order)], digest)
