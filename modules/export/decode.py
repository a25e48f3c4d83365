"""Image bytes to pixels, inside the serving graph."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from modules.export import headers
from modules.export.request_checks import refuse_if
from modules.features import IMAGE

MAX_PIXELS = 1 << 24
"""The most pixels an image may have, 4,096 x 4,096: 48 MiB when decoded."""

_IMAGE = "image {} of the request (counted from 0)"


def decode_images(images: tf.Tensor, size: int) -> tf.Tensor:
    """Decodes PNG or JPEG bytes to RGB, resized where needed.

    Grey becomes RGB, as do CMYK and YCCK; 16 bits become 8; transparency is
    ignored; the first frame of an animated PNG is taken.

    Args:
      images: string [N].
      size: height and width of the result, pixels.

    Returns:
      uint8 [N, size, size, 3].

    Raises:
      InvalidArgumentError: when the graph runs, naming the first image that is
        in another format or larger than `MAX_PIXELS`, before any is decoded;
        else the first that cannot be decoded.
    """
    with tf.control_dependencies([_check_headers(images)]):
        images = tf.identity(images)
    return _map_each(
        lambda image: _decode(image, size),
        images,
        tf.TensorSpec((size, size, 3), tf.uint8),
        "cannot be decoded; expected a whole, undamaged PNG or JPEG file",
    )


def parse_images(examples: tf.Tensor) -> tf.Tensor:
    """The `image` feature of serialized tf.Examples: string [N] to [N].

    One without an image gives "", which `decode_images` refuses.

    Raises:
      InvalidArgumentError: when the graph runs, naming the first example that
        cannot be parsed or whose `image` is not one string.
    """
    spec = {IMAGE: tf.io.FixedLenFeature((), tf.string, default_value=b"")}
    return _map_each(
        lambda example: tf.io.parse_single_example(example, spec)[IMAGE],
        examples,
        tf.TensorSpec((), tf.string),
        "cannot be parsed; expected a serialized tf.Example whose `image` is "
        "the bytes of a PNG or JPEG file",
    )


def _check_headers(images: tf.Tensor) -> tf.Operation:
    """Fails on the first image that must not be decoded."""
    known, sizes = headers.read_sizes(images)
    pixels = tf.reduce_prod(sizes, axis=1)
    wrong = ~known | (pixels < 1) | (pixels > MAX_PIXELS)

    def message() -> tf.Tensor:
        first = tf.where(wrong)[0, 0]
        height, width = sizes[first, 0], sizes[first, 1]
        large = tf.strings.format(
            f"{_IMAGE} is {{}} x {{}} pixels; at most {MAX_PIXELS:,} pixels "
            "are decoded: scale it down",
            (first, width, height),
        )
        empty = tf.strings.format(
            f"{_IMAGE} is empty; expected the bytes of a PNG or JPEG file",
            first,
        )
        unknown = tf.strings.format(
            f"{_IMAGE} cannot be decoded: it is no PNG or JPEG file; other "
            "formats are not accepted",
            first,
        )
        damaged = tf.strings.format(
            f"{_IMAGE} cannot be decoded: its header is damaged", first
        )
        of_a_file = tf.where(known[first], damaged, unknown)
        unreadable = tf.where(images[first] == b"", empty, of_a_file)
        return tf.where(pixels[first] > MAX_PIXELS, large, unreadable)

    return refuse_if(tf.reduce_any(wrong), message)


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


def _map_each(
    function: Callable[[tf.Tensor], tf.Tensor],
    items: tf.Tensor,
    result: tf.TensorSpec,
    complaint: str,
) -> tf.Tensor:
    """`function` of each of `items` [N], naming the first where it fails.

    An operation that fails cannot say which item of the batch it was given. So
    the items go through a tf.data pipeline that passes over failures, and the
    first index that is missing before that of the sentinel at the end is
    named.
    """
    count = tf.size(items, tf.int64)
    sentinel = (count, tf.zeros(result.shape, result.dtype))
    results = (
        # Faster than a dataset of the items, enumerated.
        tf.data.Dataset.range(count)
        .map(lambda index: (index, function(items[index])))
        .ignore_errors()
        .concatenate(tf.data.Dataset.from_tensors(sentinel))
        .batch(count + 1)
        .with_options(_without_tuning())
    )
    indices, values = results.get_single_element()
    missing = indices != tf.range(tf.size(indices, tf.int64))
    check = refuse_if(
        tf.reduce_any(missing),
        lambda: tf.strings.format(
            f"{_IMAGE} {complaint}", tf.where(missing)[0, 0]
        ),
    )
    with tf.control_dependencies([check]):
        return values[:-1]


def _without_tuning() -> tf.data.Options:
    """Without graph rewriting and tuning, which cost more than a request."""
    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    options.autotune.enabled = False
    return options
