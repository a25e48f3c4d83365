"""Image bytes to pixels, inside the serving graph."""

from __future__ import annotations

import tensorflow as tf


def _decode(image: tf.Tensor, size: int) -> tf.Tensor:
    pixels = tf.io.decode_image(image, channels=3, expand_animations=False)
    pixels.set_shape((None, None, 3))
    fits = tf.reduce_all(tf.shape(pixels)[:2] == size)
    resized = tf.cond(
        fits,
        lambda: pixels,
        lambda: tf.cast(
            tf.round(
                tf.clip_by_value(
                    tf.image.resize(pixels, (size, size), antialias=True),
                    0,
                    255,
                )
            ),
            tf.uint8,
        ),
    )
    return tf.ensure_shape(resized, (size, size, 3))


def decode_images(images: tf.Tensor, size: int) -> tf.Tensor:
    """Decodes PNG, JPEG, GIF or BMP bytes to RGB, resized where needed.

    A decoding operation that fails cannot say which item of the batch it was
    given. So the images go through a tf.data pipeline that passes over what
    does not decode, and the first index that is missing before that of the
    sentinel at the end is named.

    Args:
      images: string [N].
      size: height and width of the result, pixels.

    Returns:
      uint8 [N, size, size, 3].

    Raises:
      InvalidArgumentError: when the graph runs, naming the first image that
        cannot be decoded.
    """
    count = tf.shape(images, tf.int64)[0]
    sentinel = (count, tf.zeros((size, size, 3), tf.uint8))
    decoded = (
        tf.data.Dataset.from_tensor_slices(images)
        .enumerate()
        .map(lambda index, image: (index, _decode(image, size)))
        .ignore_errors()
        .concatenate(tf.data.Dataset.from_tensors(sentinel))
        .batch(count + 1)
        .with_options(_decoding_options())
    )
    indices, pixels = decoded.get_single_element()
    wrong = tf.where(indices != tf.range(tf.size(indices, tf.int64)))
    check = tf.debugging.Assert(
        tf.size(wrong) == 0,
        [
            tf.strings.format(
                "image {} of the request (counted from 0) cannot be decoded; "
                "expected the bytes of a PNG or JPEG file",
                tf.reduce_min(wrong),
            )
        ],
    )
    with tf.control_dependencies([check]):
        return pixels[:-1]


def _decoding_options() -> tf.data.Options:
    """Without graph rewriting and tuning, which cost more than a request."""
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    options.autotune.enabled = False
    return options


def parse_images(examples: tf.Tensor) -> tf.Tensor:
    """The `image` feature of serialized tf.Examples: string [N] to [N].

    Raises:
      InvalidArgumentError: when the graph runs, if an example cannot be parsed
        or has no `image`.
    """
    spec = {"image": tf.io.FixedLenFeature((), tf.string)}
    return tf.io.parse_example(examples, spec)["image"]
