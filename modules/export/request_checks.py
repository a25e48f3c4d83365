"""Validates requests inside the serving graph.

A server checks names and types of a request's tensors, but not their shapes: a
network that is convolutional to the end answers an image of any size.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

MAX_BATCH = 1_024
"""The most images a request may hold, so that its memory is bounded."""


def refuse_if(
    wrong: tf.Tensor, message: Callable[[], tf.Tensor]
) -> tf.Operation:
    """An operation that fails with INVALID_ARGUMENT where `wrong` is true.

    Args:
      wrong: bool scalar.
      message: makes the string scalar that says why; run only in that case.
    """

    def refuse() -> tf.Tensor:
        with tf.control_dependencies([tf.debugging.Assert(False, [message()])]):
            return tf.constant(True)

    return tf.cond(wrong, refuse, lambda: tf.constant(False))


def checked_batch(
    tensor: tf.Tensor, name: str, item_shape: tuple[int, ...] = ()
) -> tf.Tensor:
    """`tensor`, if it is a batch of 1 to `MAX_BATCH` items of that shape.

    Args:
      tensor: an input of a signature.
      name: the input's name.
      item_shape: the shape of one item.

    Raises:
      InvalidArgumentError: when the graph runs, saying which shape it got.
    """
    # Without this the declared shape would be taken for the real one, and the
    # check for superfluous.
    tensor = tf.raw_ops.PlaceholderWithDefault(
        input=tensor, shape=tf.TensorShape(None)
    )
    shape = tf.shape(tensor)
    expected = ", ".join(["N", *map(str, item_shape)])
    right = refuse_if(
        ~_is_batch(shape, item_shape),
        lambda: tf.strings.format(
            f"{name} is of shape {{}}; expected [{expected}]", shape
        ),
    )
    with tf.control_dependencies([right]):
        count = tf.shape(tensor)[0]
    fits = refuse_if(
        (count < 1) | (count > MAX_BATCH),
        lambda: tf.strings.format(
            f"{name} holds {{}} images; expected 1 to {MAX_BATCH:,} in a "
            "request",
            count,
        ),
    )
    with tf.control_dependencies([fits]):
        return tf.ensure_shape(tensor, (None, *item_shape))


def _is_batch(shape: tf.Tensor, item_shape: tuple[int, ...]) -> tf.Tensor:
    """Whether `shape`, int32 [rank], is [N, *item_shape] for any N."""
    return tf.cond(
        tf.size(shape) == 1 + len(item_shape),
        lambda: tf.reduce_all(shape[1:] == list(item_shape)),
        lambda: tf.constant(False),
    )
