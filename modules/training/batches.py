"""Training batches from images in memory or in a file, augmented in tf.data.

A batch is a pure function of (seed, step): the order of an epoch, the flips and
the crops come from stateless random numbers, so parallel preparation cannot
change the batches.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from modules import stored_pixels
from modules.layers.augment import augment
from modules.stored_pixels import Pixels, StoredPixels
from modules.training.order import EpochOrder, balanced_order, plain_order

# tf.data computes with TensorFlow, whatever the backend of Keras.
_TENSORFLOW = types.SimpleNamespace(
    arange=tf.range,
    cast=tf.cast,
    convert_to_tensor=tf.convert_to_tensor,
    reshape=tf.reshape,
    shape=tf.shape,
    take=tf.gather,
    where=tf.where,
)


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Random translation, alternating flip and cutout.

    Attributes:
      crop_padding: the image moves by up to so many pixels each way; reflection
        fills the border.
      flip: whether each image is mirrored in every second epoch, starting at
        random (Jordan 2024: better than an independent coin an epoch).
      cutout: side of a square, somewhere inside the image, that gets the mean
        colour of all images (DeVries & Taylor 2017); 0 paints none.
      initial_crop: side of the part of each image, anywhere in it, that is seen
        at first; 0 for all of it throughout.
      initial_share: the share of the steps to which that applies.
    """

    crop_padding: int = 0
    flip: bool = False
    cutout: int = 0
    initial_crop: int = 0
    initial_share: float = 0.0

    def crop_steps(self, steps: int) -> int:
        """How many of all `steps` see the initial crop."""
        return round(self.initial_share * steps) if self.initial_crop else 0


def _reflect(index: tf.Tensor, size: int) -> tf.Tensor:
    """Indices outside [0, size) folded back, as `np.pad(mode="reflect")`."""
    last = size - 1
    return last - tf.abs(last - tf.abs(index))


def _offsets(
    count: int, seed: tuple[int, tf.Tensor], low: Any, high: Any
) -> tf.Tensor:
    """Random integers in [low, high), int32 [count, 2]: rows and columns."""
    return tf.random.stateless_uniform((count, 2), seed, low, high, tf.int32)


def training_batches(
    pixels: Pixels,
    labels: np.ndarray,
    *,
    batch_size: int,
    epochs: float,
    seed: int,
    augmentation: Augmentation = Augmentation(),
    balanced: bool = False,
    in_bank: bool = False,
    first_epoch: int = 0,
) -> tuple[tf.data.Dataset, int]:
    """Shuffled, augmented batches for a whole training run.

    Args:
      pixels: uint8 [N, S, S, 3], in memory or in a file.
      labels: int64 [N].
      batch_size: images a batch; the rest of an epoch is dropped. Clamped to N.
      epochs: passes over the data, N images each; a fraction ends within one.
      seed: the order, flips and crops follow from it alone.
      augmentation: what is done to each image.
      balanced: whether an epoch has N images with as many of each class, the
        scarce ones repeated, instead of each image once.
      in_bank: for images in memory, whether batches are left to an image bank
        (`training/bank.py`), and the dataset has what to ask it for in place of
        images.
      first_epoch: the one to begin with, from 0.

    Returns:
      A dataset of (uint8 [B, S, S, 3], int64 [B]) and its steps an epoch; S is
      the side of the initial crop for as long as there is one.
    """
    count, size = pixels.shape[0], pixels.shape[1]
    batch_size = min(batch_size, count)
    steps = count // batch_size
    all_labels = tf.constant(labels)
    look_up = None if in_bank else _look_up(pixels)
    order: EpochOrder = (
        balanced_order(labels, seed) if balanced else plain_order(count, seed)
    )
    place = _placement(
        augmentation, count, size, seed, total_steps(steps, epochs)
    )
    side = augmentation.cutout
    colour = mean_colour(pixels).tolist() if side else (0, 0, 0)

    def batch(step: tf.Tensor) -> tuple[Any, tf.Tensor]:
        epoch = step // steps
        positions = tf.range(batch_size, dtype=tf.int64)
        rows = order(epoch, positions + (step % steps) * batch_size)
        where = {"rows": rows, **place(rows, epoch, step)}
        batch_labels = tf.gather(all_labels, rows)
        if look_up is None:
            return {**where, "rows": tf.cast(rows, tf.int32)}, batch_labels
        images, where["rows"] = look_up(rows)
        images = augment(
            images, where, cutout=side, colour=colour, ops=_TENSORFLOW
        )
        return images, batch_labels

    dataset = tf.data.Dataset.range(
        first_epoch * steps, total_steps(steps, epochs)
    )
    dataset = dataset.map(batch, tf.data.AUTOTUNE, deterministic=True)
    return dataset.prefetch(2), steps


def _look_up(
    pixels: Pixels,
) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """Rows, int64 [B], to images that have them and their places among these.

    From memory, these are all images; from a file, only those that are read.
    """
    if not isinstance(pixels, StoredPixels):
        everything = tf.constant(pixels)
        return lambda rows: (everything, rows)
    stored = pixels

    def read(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = tf.numpy_function(lambda r: stored[r], [rows], tf.uint8)
        count = rows.shape[0]
        images = tf.ensure_shape(images, (count, *stored.shape[1:]))
        return images, tf.range(count, dtype=rows.dtype)

    return read


def _placement(
    augmentation: Augmentation, count: int, size: int, seed: int, steps: int
) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor], dict[str, tf.Tensor]]:
    """Draws where the pixels of a batch come from: `augment` has the keys."""
    first_flip = tf.random.stateless_uniform((count,), (seed, 1)) < 0.5
    padding, side = augmentation.crop_padding, augmentation.cutout
    crop = augmentation.initial_crop
    crop_steps = augmentation.crop_steps(steps)

    def place(
        rows: tf.Tensor, epoch: tf.Tensor, step: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        images = rows.shape[0]
        offset = _offsets(images, (seed + 1, step), -padding, padding + 1)
        seen: Any = size
        if crop_steps:
            seen = tf.where(step < crop_steps, crop, size)
            offset += _offsets(images, (seed + 3, step), 0, size - seen + 1)
        axis = tf.range(seen)
        y = _reflect(offset[:, :1] + axis, size)
        x = _reflect(offset[:, 1:] + axis, size)
        if augmentation.flip:
            flip = tf.gather(first_flip, rows) ^ (epoch % 2 == 1)
            x = tf.where(flip[:, None], size - 1 - x, x)
        where = {"y": y, "x": x}
        if side:
            corners = seen - side + 1
            where["corner"] = _offsets(images, (seed + 2, step), 0, corners)
        return where

    return place


def total_steps(steps: int, epochs: float) -> int:
    """The number of steps of a whole training, at least one."""
    return max(1, round(steps * epochs))


def mean_colour(pixels: Pixels) -> np.ndarray:
    """The mean colour of all images, uint8 [3]."""
    return np.round(stored_pixels.mean_colour(pixels)).astype(np.uint8)
