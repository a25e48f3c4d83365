"""The order of the images in an epoch, as stateless functions of the seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

# (epoch, positions int64 [B]) to rows of the data, int64 [B].
EpochOrder = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def plain_order(count: int, seed: int) -> EpochOrder:
    """Each of `count` images once an epoch, in another order each time."""

    def order(epoch: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
        return tf.random.experimental.index_shuffle(
            positions, _key(seed, epoch), count - 1
        )

    return order


def balanced_order(labels: np.ndarray, seed: int) -> EpochOrder:
    """Each class equally often, in an epoch of the usual length.

    The counts of an epoch differ by one at most, between classes and between
    the images of a class. Classes without images are left out.

    Args:
      labels: int64 [N].
      seed: the orders follow from it alone.
    """
    found = np.unique(labels)
    members = [tf.constant(np.flatnonzero(labels == label)) for label in found]
    shuffled = plain_order(len(labels), seed)

    def order(epoch: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
        draw = shuffled(epoch, positions)
        class_, nth = draw % len(found), draw // len(found)
        rows = tf.zeros_like(draw)
        for index, rows_of_class in enumerate(members):
            size = len(rows_of_class)
            # Negative, so that no class shares its key with an epoch.
            key = _key(seed, -1 - index - len(found) * epoch)
            member = tf.random.experimental.index_shuffle(
                nth % size, key, size - 1
            )
            chosen = tf.gather(rows_of_class, member)
            rows = tf.where(class_ == index, chosen, rows)
        return rows

    return order


def _key(seed: int, number: tf.Tensor) -> tf.Tensor:
    return tf.stack([tf.constant(seed, tf.int64), number])
