"""An initialiser that makes a convolution start as the identity."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="cifar10")
class Dirac(keras.initializers.Initializer):
    """Copies the first input channels through; the rest is He-uniform noise.

    A layer with at least as many filters as input channels then preserves its
    input at the start of training, which short schedules profit from
    (Jordan, *94% on CIFAR-10 in 3.29 seconds on a single GPU*, 2024).

    Args:
      seed: seeds the filters that are not copies.

    Example:
      >>> keras.layers.Conv2D(64, 3, kernel_initializer=Dirac(seed=0))
    """

    def __init__(self, seed: int | None = None):
        self.seed = seed
        self._noise = keras.initializers.VarianceScaling(
            1 / 3, "fan_in", "uniform", seed=seed
        )

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """A kernel of `shape` (height, width, in, out).

        Raises:
          ValueError: if `shape` does not have four axes.
        """
        if len(shape) != 4:
            raise ValueError(
                f"Dirac initialises 2-D convolution kernels, shape (height, "
                f"width, in, out); got shape {tuple(shape)}."
            )
        height, width, channels, filters = shape
        copies = min(channels, filters)
        identity = np.zeros(shape, "float32")
        index = np.arange(copies)
        identity[height // 2, width // 2, index, index] = 1.0
        is_copy = np.arange(filters) < copies
        noise = self._noise(shape, dtype=dtype)
        identity_tensor = keras.ops.convert_to_tensor(identity, dtype=dtype)
        return keras.ops.where(is_copy, identity_tensor, noise)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed}
