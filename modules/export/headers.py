"""The headers of encoded images, read inside the graph, a batch at a time.

Decoding is where a small file can become gigabytes, and TensorFlow's own way
to ask for a JPEG's size sets up all of its decoding; it has none to ask for an
Exif orientation. The rules are those of `modules/common/image_header.py`, which
training's reader uses.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import tensorflow as tf

from modules.common import image_header as rules

# JPEG: prefix, code, length (2) and the six bytes of EXIF_START, or a frame's
# precision, height (2), width (2) and components. PNG: length (4), kind (4).
_PEEK = 10
_IHDR_BYTES = rules.FIRST_CHUNK + 8  # Up to the kind of the chunk after it.


@dataclasses.dataclass(frozen=True)
class Headers:
    """`image_header.Header` of N images, as tensors.

    Attributes:
      known: bool [N].
      png: bool [N], whether it begins as a PNG file does.
      size: int64 [N, 2], height and width; 0 where the header is damaged.
      orientation: int64 [N], 1 to 8.
      transparent: bool [N].
      rare: bool [N].
    """

    known: tf.Tensor
    png: tf.Tensor
    size: tf.Tensor
    orientation: tf.Tensor
    transparent: tf.Tensor
    rare: tf.Tensor


class _Walk(NamedTuple):
    """The state of the walk through the files' segments and chunks.

    Attributes:
      position: int64 [N], of the next segment or chunk.
      walking: bool [N], whether there is a next.
      size: int64 [N, 2], of the JPEG's frame, once found.
      rare: bool [N], whether that frame is of a rare kind.
      adobe: bool [N], whether Adobe's marker was found.
      tiff: int64 [N, 2], start and length of the Exif data, once found.
      colour: bool [N], whether a PNG names transparent colours.
    """

    position: tf.Tensor
    walking: tf.Tensor
    size: tf.Tensor
    rare: tf.Tensor
    adobe: tf.Tensor
    tiff: tf.Tensor
    colour: tf.Tensor


def read_headers(images: tf.Tensor) -> Headers:
    """Reads the headers of image files, string [N]."""
    start = _read(images, tf.zeros_like(images, tf.int64), _IHDR_BYTES)
    png, jpeg = _equal(start, 0, rules.PNG), _equal(start, 0, rules.JPEG)
    found = _walked(images, start, png, jpeg)
    png_size = tf.stack([_number(start, 20, 4), _number(start, 16, 4)], axis=1)
    depth, kind = start[:, 24], start[:, 25]
    return Headers(
        known=png | jpeg,
        png=png,
        size=tf.where(png[:, None], png_size, found.size),
        orientation=tf.cond(
            tf.reduce_any(found.tiff[:, 1] > 0),
            lambda: _orientations(images, found.tiff),
            lambda: tf.ones_like(images, tf.int64),
        ),
        transparent=found.colour | (png & _one_of(kind, rules.WITH_ALPHA)),
        rare=found.rare
        | (found.colour & (kind == rules.RGB) & (depth == 16))
        | (_scans(images, jpeg) > rules.MAX_SCANS),
    )


def _walked(
    images: tf.Tensor, start: tf.Tensor, png: tf.Tensor, jpeg: tf.Tensor
) -> _Walk:
    """Walks through all files at once, up to their pixels or frames."""
    no, zero = tf.zeros_like(images, tf.bool), tf.zeros_like(images, tf.int64)
    # The pixels of most PNG files come at once: then there is no walk.
    more = png & ~_equal(start, rules.FIRST_CHUNK + 4, rules.PIXELS)
    first = _Walk(
        position=tf.where(png, zero + rules.FIRST_CHUNK, zero + 2),
        walking=jpeg | more,
        size=tf.stack([zero, zero], axis=1),
        rare=no,
        adobe=no,
        tiff=tf.stack([zero, zero], axis=1),
        colour=no,
    )
    lengths = tf.cast(tf.strings.length(images), tf.int64)

    def step(*state: tf.Tensor) -> _Walk:
        walk = _Walk(*state)
        peek = _read(images, walk.position, _PEEK)
        whole = walk.position + 8 <= lengths
        walk = _past_chunk(walk, walk.walking & png & whole, peek)
        walk = _past_segment(walk, walk.walking & jpeg, peek)
        return walk._replace(walking=walk.walking & (jpeg | whole))

    return _Walk(
        *tf.while_loop(
            lambda *state: tf.reduce_any(_Walk(*state).walking),
            step,
            first,
            maximum_iterations=rules.MAX_SEGMENTS,
        )
    )


def _past_chunk(walk: _Walk, here: tf.Tensor, peek: tf.Tensor) -> _Walk:
    """What the chunks at the positions say, where `here`, and the next ones."""
    length = _number(peek, 0, 4)
    exif = here & _equal(peek, 4, rules.EXIF) & (walk.tiff[:, 1] == 0)
    tiff = tf.stack([walk.position + 8, length], axis=1)
    pixels = _equal(peek, 4, rules.PIXELS)
    return walk._replace(
        position=tf.where(here, walk.position + length + 12, walk.position),
        walking=walk.walking & ~(here & pixels),
        tiff=tf.where(exif[:, None], tiff, walk.tiff),
        colour=walk.colour | (here & _equal(peek, 4, rules.TRANSPARENCY)),
    )


def _past_segment(walk: _Walk, here: tf.Tensor, peek: tf.Tensor) -> _Walk:
    """What the segments at the positions say, where `here`, and the next ones.

    What a decoder would pass over with a warning is not passed over here, so
    that no decoder can find another frame.
    """
    code, length = peek[:, 1], _number(peek, 2, 2)
    marker = here & (peek[:, 0] == rules.PREFIX)
    rare = marker & _one_of(code, rules.RARE_FRAMES)
    frame = rare | (marker & _one_of(code, rules.FRAMES))
    rare |= frame & (peek[:, 9] == 4) & ~walk.adobe
    fill = marker & (code == rules.PREFIX)
    skip = marker & ~frame & ~fill & (code > 0xBF) & (length > 1)
    skip &= ~_one_of(code, (*rules.NO_LENGTH, rules.SCAN))
    adobe = skip & (code == rules.APP14)
    adobe &= _equal(peek, 4, rules.ADOBE_START) & (length >= 7)
    exif = skip & (code == rules.APP1) & _equal(peek, 4, rules.EXIF_START)
    exif &= (length > 2 + len(rules.EXIF_START)) & (walk.tiff[:, 1] == 0)
    data = 4 + len(rules.EXIF_START)
    tiff = tf.stack([walk.position + data, length + 2 - data], axis=1)
    found = tf.stack([_number(peek, 5, 2), _number(peek, 7, 2)], axis=1)
    step = tf.where(fill, tf.ones_like(length), length + 2)
    return walk._replace(
        position=tf.where(here, walk.position + step, walk.position),
        walking=walk.walking & (~here | fill | skip),
        size=tf.where(frame[:, None], found, walk.size),
        rare=walk.rare | rare,
        adobe=walk.adobe | adobe,
        tiff=tf.where(exif[:, None], tiff, walk.tiff),
    )


def _scans(images: tf.Tensor, jpeg: tf.Tensor) -> tf.Tensor:
    """How many scans the JPEG files have, at most; 0 for others: int64 [N]."""
    files = tf.where(jpeg, images, tf.zeros_like(images))
    return tf.strings.split(files, rules.SCAN_START).row_lengths() - 1


def _orientations(images: tf.Tensor, tiff: tf.Tensor) -> tf.Tensor:
    """Exif's orientations, int64 [N]; `tiff` as in `_Walk`."""
    lengths = tf.cast(tf.strings.length(images), tf.int64)
    begin, length = (
        tf.cast(tf.minimum(tiff[:, i], lengths), tf.int32) for i in (0, 1)
    )
    data = tf.strings.substr(images, begin, length)
    start = _read(data, tf.zeros_like(tiff[:, 0]), 8)
    little = _equal(start, 0, rules.LITTLE)
    directory = _number(start, 4, 4, little)
    tags = _read(data, directory, 2 + rules.TAG_BYTES * rules.MAX_TAGS)
    count = _number(tags, 0, 2, little)
    entries = tf.reshape(tags[:, 2:], (-1, rules.TAG_BYTES))
    order = tf.repeat(little, rules.MAX_TAGS)
    right = _number(entries, 0, 2, order) == rules.ORIENTATION
    right &= _number(entries, 2, 2, order) == rules.SHORT
    right &= _number(entries, 4, 4, order) == 1
    shape = (-1, rules.MAX_TAGS)
    right = tf.reshape(right, shape)
    right &= tf.range(rules.MAX_TAGS, dtype=tf.int64) < count[:, None]
    values = tf.reshape(_number(entries, 8, 2, order), shape)
    first = tf.argmax(tf.cast(right, tf.int32), axis=1)
    value = tf.gather(values, first, batch_dims=1)
    valid = tf.reduce_any(right, axis=1) & (value >= 1) & (value <= 8)
    valid &= little | _equal(start, 0, rules.BIG)
    return tf.where(valid, value, tf.ones_like(value))


def _read(images: tf.Tensor, position: tf.Tensor, length: int) -> tf.Tensor:
    """`length` bytes of each image from `position` [N] on: int64 [N, length].

    After the end of an image come zeros.
    """
    ends = tf.strings.length(images)
    position = tf.cast(tf.minimum(position, tf.cast(ends, tf.int64)), tf.int32)
    length_of_all = tf.fill(tf.shape(images), length)
    found = tf.strings.substr(images, position, length_of_all)
    padded = tf.strings.substr(
        tf.strings.join([found, tf.constant(b"\0" * length)]), 0, length
    )
    return tf.cast(
        tf.reshape(tf.io.decode_raw(padded, tf.uint8), (-1, length)), tf.int64
    )


def _equal(data: tf.Tensor, position: int, expected: bytes) -> tf.Tensor:
    """Whether these bytes are in the columns from `position` on: bool [N]."""
    found = data[:, position : position + len(expected)]
    return tf.reduce_all(found == tf.constant(list(expected), tf.int64), axis=1)


def _number(
    data: tf.Tensor,
    position: int,
    length: int,
    little: tf.Tensor | None = None,
) -> tf.Tensor:
    """The numbers in these columns, int64 [N]: big-endian, unless `little`."""
    digits = data[:, position : position + length]
    weights = tf.constant([256**i for i in reversed(range(length))], tf.int64)
    big = tf.reduce_sum(digits * weights, axis=1)
    if little is None:
        return big
    return tf.where(little, tf.reduce_sum(digits * weights[::-1], axis=1), big)


def _one_of(codes: tf.Tensor, wanted: tuple[int, ...]) -> tf.Tensor:
    return tf.reduce_any(
        codes[:, None] == tf.constant(wanted, tf.int64), axis=1
    )
