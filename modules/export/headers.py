"""The size of an encoded image, read from its header inside the graph.

Decoding is where a small file can become gigabytes, and TensorFlow's own way
to ask for a JPEG's size sets up all of its decoding. This reads bytes, for a
whole batch at a time.
"""

from __future__ import annotations

import tensorflow as tf

_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"  # Width and height follow.
_JPEG = b"\xff\xd8\xff"  # Segments follow; one of them is the frame's.
_PREFIX, _START, _END, _SCAN = 0xFF, 0xD8, 0xD9, 0xDA
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC))
_FRAMES += tuple(range(0xCD, 0xD0))
_NO_LENGTH = (*range(0xD0, 0xD8), _START, _END)
_FRAME_LENGTH = 9  # Prefix, code, length (2), precision, height and width.
_MAX_SEGMENTS = 512  # Metadata takes a few; a colour profile 255 at most.


def read_sizes(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Which images are PNG or JPEG files, and how large they say they are.

    Args:
      images: string [N], the bytes of the files.

    Returns:
      bool [N], whether it begins as a PNG or JPEG file does; and int64 [N, 2],
      height and width, one of them 0 where the header is damaged.
    """
    start = _read(images, tf.zeros_like(images, tf.int32), len(_PNG) + 8)
    is_png = _begins_with(start, _PNG)
    is_jpeg = _begins_with(start, _JPEG)
    png = tf.stack([_number(start, 20, 4), _number(start, 16, 4)], axis=1)
    size = tf.where(is_png[:, None], png, _jpeg_sizes(images, is_jpeg))
    return is_png | is_jpeg, size


def _read(images: tf.Tensor, position: tf.Tensor, length: int) -> tf.Tensor:
    """`length` bytes of each image from `position` [N] on: int64 [N, length].

    After the end of an image come zeros.
    """
    position = tf.minimum(position, tf.strings.length(images))
    length_of_all = tf.fill(tf.shape(images), length)
    found = tf.strings.substr(images, position, length_of_all)
    padded = tf.strings.substr(
        tf.strings.join([found, tf.constant(b"\0" * length)]), 0, length
    )
    return tf.cast(
        tf.reshape(tf.io.decode_raw(padded, tf.uint8), (-1, length)), tf.int64
    )


def _begins_with(start: tf.Tensor, magic: bytes) -> tf.Tensor:
    expected = tf.constant(list(magic), tf.int64)
    return tf.reduce_all(start[:, : len(magic)] == expected, axis=1)


def _number(data: tf.Tensor, position: int, length: int) -> tf.Tensor:
    """The big-endian numbers in these columns, int64 [N]."""
    weights = [256**power for power in reversed(range(length))]
    digits = data[:, position : position + length]
    return tf.reduce_sum(digits * tf.constant(weights, tf.int64), axis=1)


def _one_of(codes: tf.Tensor, wanted: tuple[int, ...]) -> tf.Tensor:
    return tf.reduce_any(
        codes[:, None] == tf.constant(wanted, tf.int64), axis=1
    )


def _jpeg_sizes(images: tf.Tensor, is_jpeg: tf.Tensor) -> tf.Tensor:
    """Height and width of JPEG files, int64 [N, 2]; zeros where not found.

    All files are walked at once, segment by segment, up to their frame. What
    a decoder would pass over with a warning is not passed over here, so that
    no decoder can find another frame.
    """

    def walk(
        position: tf.Tensor, walking: tf.Tensor, size: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        segment = _read(images, position, _FRAME_LENGTH)
        code, length = segment[:, 1], _number(segment, 2, 2)
        walking &= segment[:, 0] == _PREFIX
        frame = walking & _one_of(code, _FRAMES)
        fill = walking & (code == _PREFIX)
        skip = walking & ~frame & ~fill & (code > 0xBF) & (length > 1)
        skip &= ~_one_of(code, (*_NO_LENGTH, _SCAN))
        step = tf.where(fill, tf.constant(1, tf.int64), length + 2)
        found = tf.stack([_number(segment, 5, 2), _number(segment, 7, 2)], 1)
        return (
            position + tf.cast(step, tf.int32),
            fill | skip,
            tf.where(frame[:, None], found, size),
        )

    first = tf.fill(tf.shape(images), 2)
    nothing = tf.zeros((tf.size(images), 2), tf.int64)
    nothing.set_shape((images.shape[0], 2))
    _, _, size = tf.while_loop(
        lambda position, walking, size: tf.reduce_any(walking),
        walk,
        (first, is_jpeg, nothing),
        maximum_iterations=_MAX_SEGMENTS,
    )
    return size
