"""Which image comes when in an epoch, as stateless functions of the seed."""

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
    """As many images of each class an epoch, of as many images as there are.

    The counts of an epoch differ by one at most, between classes and between
    the images of a class. Classes without images are left out.

    Args:
      labels: int64 [N].
      seed: the orders follow from it alone.
    """
    found, counts = np.unique(labels, return_counts=True)
    rows = tf.constant(np.argsort(labels, kind="stable").astype(np.int64))
    sizes = tf.constant(counts.astype(np.int64))
    starts = tf.cumsum(sizes, exclusive=True)
    shuffled = plain_order(len(labels), seed)

    def order(epoch: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
        draw = shuffled(epoch, positions)
        class_, nth = draw % len(found), draw // len(found)
        size = tf.gather(sizes, class_)
        keys = tf.stack(
            [
                tf.fill(tf.shape(draw), tf.constant(seed, tf.int64)),
                # Another key a class and epoch.
                -1 - class_ - len(found) * epoch,
            ],
            axis=1,
        )
        member = tf.random.experimental.index_shuffle(
            nth % size, keys, size - 1
        )
        return tf.gather(rows, tf.gather(starts, class_) + member)

    return order


def _key(seed: int, epoch: tf.Tensor) -> tf.Tensor:
    return tf.stack([tf.constant(seed, tf.int64), epoch])
