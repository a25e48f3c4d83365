"""Applies augmentation to pixels, given the random numbers.

One function for both places that make training batches: `modules.training.
batches` calls it in tf.data, `ImageBank` on the device that trains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras


def augment(
    images: Any,
    where: Mapping[str, Any],
    *,
    cutout: int = 0,
    colour: Sequence[int] = (0, 0, 0),
    ops: Any = keras.ops,
) -> Any:
    """A batch of images, each translated, flipped and with a square cut out.

    Args:
      images: uint8 [N, S, S, 3], those to choose from.
      where: a dictionary of
        `rows`: int [B], which images, in a type that can count all pixels;
        `y`: int [B, T], from which of an image's rows each of its rows comes;
        `x`: int [B, T], likewise of columns;
        `corner`: int [B, 2], row and column of the square, with a `cutout`.
      cutout: side of the square that is painted over, pixels; 0 paints none.
      colour: of the square, three values up to 255.
      ops: what computes it: the functions of `keras.ops`, by the same names.

    Returns:
      uint8 [B, T, T, 3].
    """
    size = images.shape[1]
    rows = where["rows"]
    y, x = (ops.cast(where[axis], rows.dtype) for axis in ("y", "x"))
    index = (rows[:, None] * size + y)[:, :, None] * size + x[:, None, :]
    batch = ops.take(ops.reshape(images, (-1, 3)), index, axis=0)
    if not cutout:
        return batch
    axis = ops.arange(ops.shape(y)[1], dtype="int32")
    low = where["corner"][:, :, None]
    inside = (axis >= low) & (axis < low + cutout)
    square = inside[:, 0, :, None] & inside[:, 1, None, :]
    paint = ops.convert_to_tensor(tuple(map(int, colour)), dtype="uint8")
    return ops.where(square[..., None], paint, batch)
