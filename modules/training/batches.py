"""Training batches from images held in memory, augmented in tf.data.

A batch is a pure function of (seed, step): the order of an epoch, the flips and
the crops come from stateless random numbers, so that parallel preparation
cannot change what the model sees.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Random translation and alternating flip.

    Attributes:
      crop_padding: the image moves by up to so many pixels each way; reflection
        fills the border.
      flip: whether each image is mirrored in every second epoch, starting at
        random (Jordan 2024: better than an independent coin an epoch).
    """

    crop_padding: int = 0
    flip: bool = False


def _reflect(index: tf.Tensor, size: int) -> tf.Tensor:
    """Indices outside [0, size) folded back, as `np.pad(mode="reflect")`."""
    last = size - 1
    return last - tf.abs(last - tf.abs(index))


def training_batches(
    pixels: np.ndarray,
    labels: np.ndarray,
    *,
    batch_size: int,
    epochs: int,
    seed: int,
    augmentation: Augmentation = Augmentation(),
) -> tuple[tf.data.Dataset, int]:
    """Shuffled, augmented batches for the whole of a training.

    Args:
      pixels: uint8 [N, S, S, 3].
      labels: int64 [N].
      batch_size: images a batch; the rest of an epoch is dropped. Clamped to N.
      epochs: passes over the data.
      seed: the order, flips and crops follow from it alone.
      augmentation: what is done to each image.

    Returns:
      A dataset of (uint8 [B, S, S, 3], int64 [B]) and its steps an epoch.
    """
    count, size = pixels.shape[0], pixels.shape[1]
    batch_size = min(batch_size, count)
    steps = count // batch_size
    all_pixels, all_labels = tf.constant(pixels), tf.constant(labels)
    first_flip = tf.random.stateless_uniform((count,), (seed, 1)) < 0.5
    axis = tf.range(size)
    padding = augmentation.crop_padding

    def batch(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        epoch = step // steps
        rows = tf.range(batch_size, dtype=tf.int64)
        rows += (step % steps) * batch_size
        key = tf.stack([tf.constant(seed, tf.int64), epoch])
        order = tf.random.experimental.index_shuffle(rows, key, count - 1)
        offset = tf.random.stateless_uniform(
            (batch_size, 2),
            (seed + 1, step),
            -padding,
            padding + 1,
            tf.int32,
        )
        y = _reflect(offset[:, :1] + axis, size)
        x = _reflect(offset[:, 1:] + axis, size)
        if augmentation.flip:
            flip = tf.gather(first_flip, order) ^ (epoch % 2 == 1)
            x = tf.where(flip[:, None], size - 1 - x, x)
        shape = (batch_size, size, size)
        index = tf.stack(
            [
                tf.broadcast_to(tf.cast(order, tf.int32)[:, None, None], shape),
                tf.broadcast_to(y[:, :, None], shape),
                tf.broadcast_to(x[:, None, :], shape),
            ],
            axis=-1,
        )
        return tf.gather_nd(all_pixels, index), tf.gather(all_labels, order)

    dataset = tf.data.Dataset.range(steps * epochs)
    dataset = dataset.map(batch, tf.data.AUTOTUNE, deterministic=True)
    return dataset.prefetch(2), steps
