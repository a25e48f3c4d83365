"""Numbers that describe an image, for comparing sets of images."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

FORMATS = ("PNG", "JPEG")
SIZE = (32, 32)
"""Pixels are described at the model's size: the rest it never sees."""


def describe(image: bytes) -> dict[str, float]:
    """Size, light and colour of a PNG or JPEG file.

    Width and height are the file's. All else is of the image as the model
    sees it, from 0 to 1: the mean of each channel, `brightness` and `contrast`
    (mean and standard deviation of the luma), `saturation` (mean spread
    between a pixel's channels), and `sharpness` (mean absolute difference
    between neighbouring pixels).

    Raises:
      OSError: if Pillow cannot decode it.
    """
    with Image.open(io.BytesIO(image), formats=FORMATS) as opened:
        width, height = opened.size
        resized = opened.convert("RGB").resize(SIZE, Image.Resampling.BILINEAR)
    pixels = np.asarray(resized, np.float32) / 255
    luma = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    steps = (np.abs(np.diff(luma, axis=axis)).mean() for axis in (0, 1))
    red, green, blue = pixels.mean(axis=(0, 1)).tolist()
    return {
        "width": float(width),
        "height": float(height),
        "brightness": float(luma.mean()),
        "contrast": float(luma.std()),
        "saturation": float(np.ptp(pixels, axis=-1).mean()),
        "sharpness": float(sum(steps) / 2),
        "red": red,
        "green": green,
        "blue": blue,
    }
