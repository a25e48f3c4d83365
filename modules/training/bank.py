"""Training on images that are kept in device memory."""

from __future__ import annotations

import keras
import numpy as np

from modules.layers import ImageBank
from modules.training.batches import Augmentation, mean_colour


def image_bank(pixels: np.ndarray, augmentation: Augmentation) -> ImageBank:
    """The layer that assembles the batches of an `in_bank` dataset.

    Args:
      pixels: uint8 [N, S, S, 3], those of the dataset.
      augmentation: that of the dataset.
    """
    side = augmentation.cutout
    colour = mean_colour(pixels).tolist() if side else (0, 0, 0)
    bank = ImageBank(
        pixels.shape[0], pixels.shape[1], cutout=side, colour=colour
    )
    bank.fill(pixels)
    return bank


def from_bank(model: keras.Model, bank: ImageBank) -> keras.Model:
    """`model`, on uint8 [B, T, T, 3], with its input taken from a bank."""
    side = model.input_shape[1]  # None where it is not always the same.
    shapes: dict[str, tuple[int | None, ...]] = {
        "rows": (),
        "y": (side,),
        "x": (side,),
    }
    if bank.cutout:
        shapes["corner"] = (2,)
    where = {
        name: keras.Input(shape, dtype="int32", name=name)
        for name, shape in shapes.items()
    }
    return keras.Model(where, model(bank(where)), name=model.name)
