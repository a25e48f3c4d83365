"""Image bytes to pixels, inside the serving graph.

The rules are those of `components/image_example_gen/image_file.py`, by which
the training images are read; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from modules.common.image_header import MAX_PIXELS, RARE
from modules.common.resizing import Resize, fitted
from modules.export.headers import Headers, read_headers
from modules.export.request_checks import refuse_if
from modules.features import IMAGE

_IMAGE = "image {} of the request (counted from 0)"


def decode_images(
    images: tf.Tensor, size: int, rule: Resize = "squash"
) -> tf.Tensor:
    """Decodes PNG or JPEG bytes to RGB, resized where needed.

    Grey becomes RGB, as do palettes, CMYK and YCCK; 16 bits become their upper
    8; what is transparent is laid on white; Exif's orientation is applied;
    colour profiles are ignored; the first picture of several is taken.

    Args:
      images: string [N].
      size: height and width of the result, pixels. Other sizes are resized to
        it, bilinearly with antialiasing.
      rule: what becomes of their aspect ratio; see `modules.common.resizing`.

    Returns:
      uint8 [N, size, size, 3].

    Raises:
      InvalidArgumentError: when the graph runs, naming the first image that is
        in another format or larger than `MAX_PIXELS`, before any is decoded;
        else the first that cannot be decoded.
    """
    headers = read_headers(images)
    with tf.control_dependencies([_check_headers(images, headers)]):
        images = tf.identity(images)

    # Each condition costs time for each image: the usual file meets only one.
    plain = headers.png & ~headers.transparent & (headers.orientation == 1)

    def decode(index: tf.Tensor) -> tf.Tensor:
        image = images[index]
        pixels = tf.cond(
            plain[index],
            lambda: tf.io.decode_png(image, 3),
            lambda: _upright(
                _decode(image, headers.png[index], headers.transparent[index]),
                headers.orientation[index],
            ),
        )
        pixels.set_shape((None, None, 3))
        return _resize(pixels, size, rule)

    return _map_each(
        decode,
        tf.size(images, tf.int64),
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
        lambda index: tf.io.parse_single_example(examples[index], spec)[IMAGE],
        tf.size(examples, tf.int64),
        tf.TensorSpec((), tf.string),
        "cannot be parsed; expected a serialized tf.Example whose `image` is "
        "the bytes of a PNG or JPEG file",
    )


def _check_headers(images: tf.Tensor, headers: Headers) -> tf.Operation:
    """Fails on the first image that must not be decoded."""
    known, sizes = headers.known, headers.size
    pixels = tf.reduce_prod(sizes, axis=1)
    wrong = ~known | (pixels < 1) | (pixels > MAX_PIXELS) | headers.rare

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
        rare = tf.strings.format(f"{_IMAGE} {RARE}", first)
        of_a_file = tf.where(known[first], damaged, unknown)
        unreadable = tf.where(images[first] == b"", empty, of_a_file)
        small = tf.where(headers.rare[first], rare, unreadable)
        return tf.where(pixels[first] > MAX_PIXELS, large, small)

    return refuse_if(tf.reduce_any(wrong), message)


def _decode(
    image: tf.Tensor, png: tf.Tensor, transparent: tf.Tensor
) -> tf.Tensor:
    """One image's pixels as they lie in the file: uint8 [H, W, 3].

    Four channels are asked for only where the file has them: TensorFlow makes
    up wrong pixels of fewer than 8 bits otherwise.

    The accurate inverse cosine transform is the one that Pillow has; the
    default, a faster one, is up to 13 of 255 levels away from it.
    """
    return tf.cond(
        png,
        lambda: tf.cond(
            transparent,
            lambda: _on_white(tf.io.decode_png(image, 4)),
            lambda: tf.io.decode_png(image, 3),
        ),
        lambda: tf.io.decode_jpeg(image, 3, dct_method="INTEGER_ACCURATE"),
    )


def _on_white(pixels: tf.Tensor) -> tf.Tensor:
    """RGBA over a white ground, rounded to the nearest: uint8 [H, W, 3]."""
    values = tf.cast(pixels, tf.int32)
    colour, alpha = values[..., :3], values[..., 3:]
    mixed = colour * alpha + 255 * (255 - alpha)
    return tf.cast((mixed + 127) // 255, tf.uint8)


def _upright(pixels: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Applies an Exif orientation: of [H, W, 3], or [W, H, 3] from 5 on."""

    def turn() -> tf.Tensor:
        turned = tf.cond(
            orientation >= 5,
            lambda: tf.transpose(pixels, (1, 0, 2)),
            lambda: pixels,
        )
        for axis, orientations in ((1, (2, 3, 6, 7)), (0, (3, 4, 7, 8))):
            turned = tf.cond(
                tf.reduce_any(orientation == orientations),
                # Bound now: the loop goes on before the branch is traced.
                lambda turned=turned, axis=axis: tf.reverse(turned, [axis]),
                lambda turned=turned: turned,
            )
        return turned

    return tf.cond(orientation > 1, turn, lambda: pixels)


def _resize(pixels: tf.Tensor, size: int, rule: Resize) -> tf.Tensor:
    def resized() -> tf.Tensor:
        return (_squashed if rule == "squash" else _letterboxed)(pixels, size)

    fits = tf.reduce_all(tf.shape(pixels)[:2] == size)
    return tf.ensure_shape(
        tf.cond(fits, lambda: pixels, resized), (size, size, 3)
    )


def _squashed(pixels: tf.Tensor, size: int) -> tf.Tensor:
    return _bilinear(pixels, (size, size))


def _letterboxed(pixels: tf.Tensor, size: int) -> tf.Tensor:
    shape = tf.shape(pixels)[:2]
    fit = tf.maximum(1, fitted(shape, tf.reduce_max(shape), size))
    top, left = tf.unstack((size - fit) // 2)
    small = _bilinear(pixels, fit)
    return tf.image.pad_to_bounding_box(small, top, left, size, size)


def _bilinear(pixels: tf.Tensor, shape: Any) -> tf.Tensor:
    values = tf.image.resize(pixels, shape, antialias=True)
    return tf.cast(tf.round(tf.clip_by_value(values, 0, 255)), tf.uint8)


def _map_each(
    function: Callable[[tf.Tensor], tf.Tensor],
    count: tf.Tensor,
    result: tf.TensorSpec,
    complaint: str,
) -> tf.Tensor:
    """`function` of each index below `count`, naming the first where it fails.

    An operation that fails cannot say which item of the batch it was given. So
    the items go through a tf.data pipeline that passes over failures, and the
    first index that is missing before that of the sentinel at the end is
    named.
    """
    sentinel = (count, tf.zeros(result.shape, result.dtype))
    results = (
        # Faster than a dataset of the items, enumerated.
        tf.data.Dataset.range(count)
        .map(lambda index: (index, function(index)))
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
