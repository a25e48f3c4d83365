"""Training images kept in the memory of the model's device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from modules.layers.augment import augment

MOST_PIXELS = 2**31  # Indices of pixels are int32.


@keras.saving.register_keras_serializable(package="cifar10")
class ImageBank(keras.layers.Layer):
    """Holds the training images and assembles batches on their device.

    What crosses to the device is then which images, and from where: a few
    hundred bytes an image in place of its pixels. The images are a weight that
    does not train, uint8 [count, size, size, 3]; `fill` sets it.

    Called with the dictionary `where` of `augment`, which says what is in it;
    it returns uint8 [B, T, T, 3], as many rows and columns as that asks for.

    Args:
      count: images.
      size: their height and width, pixels.
      cutout: side of a square that is painted over, pixels; 0 paints none.
      colour: of the square, three values up to 255.

    Raises:
      ValueError: if there are more pixels than an index can tell apart.

    Example:
      >>> bank = ImageBank(50_000, 32)
      >>> bank.fill(pixels)
    """

    def __init__(
        self,
        count: int,
        size: int,
        *,
        cutout: int = 0,
        colour: Sequence[int] = (0, 0, 0),
        **kwargs: Any,
    ):
        super().__init__(trainable=False, **kwargs)
        if count * size**2 >= MOST_PIXELS:
            raise ValueError(
                f"{count:,} images of {size}x{size} pixels are more than an "
                f"ImageBank can hold, {MOST_PIXELS:,} pixels."
            )
        self.count, self.size, self.cutout = count, size, cutout
        self.colour = tuple(map(int, colour))
        self.images = self.add_weight(
            shape=(count, size, size, 3),
            dtype="uint8",
            initializer="zeros",
            trainable=False,
            name="images",
        )
        self.built = True

    def fill(self, pixels: np.ndarray) -> None:
        """Sets the images, uint8 [count, size, size, 3]."""
        self.images.assign(pixels)

    def call(self, where: Mapping[str, Any]) -> Any:
        """The batch; see the class."""
        return augment(
            self.images, where, cutout=self.cutout, colour=self.colour
        )

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["trainable"]
        return {
            **config,
            "count": self.count,
            "size": self.size,
            "cutout": self.cutout,
            "colour": list(self.colour),
        }
