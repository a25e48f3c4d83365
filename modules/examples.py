"""Transformed examples: what the Trainers train on.

Transform writes gzipped TFRecords whose sharding, and the order of the rows in
it, depend on how Beam scheduled its workers. The rows are put in an order of
their own here, so that the same data and seed give the same training run. They
are kept in memory or, if that is too small, in a file: training is the same.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent import futures

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from modules.common import memory
from modules.common.errors import UserError
from modules.features import HOLDOUT, LABEL, PIXELS, SAMPLED
from modules.stored_pixels import PixelFile, Pixels, StoredPixels

_CHANNELS = 3
_BATCH = 1_024
_READERS = 2  # Two inflate streams keep two cores busy; more gain little.
_MARKS = (LABEL, SAMPLED, HOLDOUT)
_ROW = "row"  # Of a file of pixels.

COPIES = 3
"""The most copies of the images that a training has in memory at a time."""

_Columns = dict[str, NDArray]


@dataclasses.dataclass(frozen=True)
class ImageSplit:
    """A split of the transformed examples.

    Attributes:
      pixels: uint8 [N, H, W, 3], in memory or in a file.
      labels: int64 [N].
      sampled: bool [N], whether the class cap keeps the image; it means
        something in the training split only.
      holdout: bool [N], whether a sampled image is held out for tuning; none
        outside of `sampled`, and none means anything outside of training.
      left_out: int64 [labels], the images of each label that are not sampled,
        whether or not they are among those above.
    """

    pixels: Pixels
    labels: NDArray[np.int64]
    sampled: NDArray[np.bool_]
    holdout: NDArray[np.bool_]
    left_out: NDArray[np.int64] = dataclasses.field(
        default_factory=lambda: np.zeros(0, np.int64)
    )

    def __len__(self) -> int:
        return len(self.labels)


def load_split(
    file_patterns: Sequence[str],
    image_size: int,
    *,
    sampled_only: bool = False,
    spill: str | None = None,
) -> ImageSplit:
    """Reads a split, in an order that depends on nothing but its rows.

    The rows are sorted by a digest of their pixels, a random order as far as
    training is concerned. Rows that tie are equal in every column.

    Args:
      file_patterns: globs of the split's files, as `FnArgs.train_files` has
        them.
      image_size: the height and width of every image, in pixels.
      sampled_only: whether rows that the class caps leave out are dropped as
        they are read, so that memory is for those that are trained on.
      spill: a directory for the file of images that are too many for memory;
        None keeps them in memory whatever they take.

    Raises:
      UserError: if no file matches, they hold no rows, or images of another
        size.
    """
    length = image_size * image_size * _CHANNELS
    left_out: list[NDArray[np.int64]] = []
    file = _pixel_file(file_patterns, image_size, spill)

    def convert(part: _Columns) -> _Columns:
        left_out.append(part[LABEL][part[SAMPLED] != 1])
        if sampled_only:
            kept = part[SAMPLED] == 1
            part = {name: column[kept] for name, column in part.items()}
        part = _unpack(part, length)
        return part if file is None else _stored(part, file)

    columns = _read(file_patterns, (PIXELS, *_MARKS), convert)
    order = np.lexsort(
        [columns[name] for name in (*reversed(_MARKS), "low", "high")]
    )
    return ImageSplit(
        pixels=_ordered(columns, order, image_size, file),
        labels=columns[LABEL][order],
        sampled=columns[SAMPLED][order] == 1,
        holdout=columns[HOLDOUT][order] == 1,
        left_out=np.bincount(np.concatenate(left_out)),
    )


def _pixel_file(
    patterns: Sequence[str], image_size: int, spill: str | None
) -> PixelFile | None:
    """A file for the images, unless they fit into memory."""
    if spill is None:
        return None
    size = sum(tf.io.gfile.stat(file).length for file in _matching(patterns))
    if size * COPIES <= (free := memory.available()):
        return None
    logging.warning(
        "Training on the images in memory takes %.1f GB, but %.1f GB are free: "
        "they are read from a file in %s.",
        *(size * COPIES / 1e9, free / 1e9, spill),
    )
    return PixelFile(spill, image_size)


def _stored(part: _Columns, file: PixelFile) -> _Columns:
    """`part` with its pixels in the file."""
    rows = file.append(part[PIXELS])
    return {n: c for n, c in part.items() if n != PIXELS} | {_ROW: rows}


def _ordered(
    columns: _Columns,
    order: NDArray[np.int64],
    image_size: int,
    file: PixelFile | None,
) -> Pixels:
    """The images in this order."""
    if file is None:
        shape = (len(order), image_size, image_size, _CHANNELS)
        return columns[PIXELS][order].reshape(shape)
    keys = b"".join(columns[name][order].tobytes() for name in ("low", "high"))
    rows = columns[_ROW][order]
    return StoredPixels(file, rows, hashlib.sha256(keys).hexdigest())


@dataclasses.dataclass(frozen=True)
class Counts:
    """Images of each label in the training split.

    Attributes:
      available: all.
      sampled: those that the class caps keep.
      holdout: those of the sampled ones that are held out for tuning.
    """

    available: tuple[int, ...]
    sampled: tuple[int, ...]
    holdout: tuple[int, ...]


def count_images(file_patterns: Sequence[str], num_classes: int) -> Counts:
    """Counts the images of each label, without reading their pixels.

    Raises:
      UserError: if no file matches, or they hold no rows.
    """
    columns = _read(file_patterns, _MARKS, lambda part: part)

    def count(rows: NDArray[np.bool_]) -> tuple[int, ...]:
        labels = columns[LABEL][rows]
        return tuple(np.bincount(labels, minlength=num_classes).tolist())

    sampled = columns[SAMPLED] == 1
    return Counts(
        available=count(np.ones_like(sampled)),
        sampled=count(sampled),
        holdout=count(sampled & (columns[HOLDOUT] == 1)),
    )


def _read(
    patterns: Sequence[str],
    names: Sequence[str],
    convert: Callable[[_Columns], _Columns],
) -> _Columns:
    """The columns `names` of all files, each batch passed through `convert`."""
    files = _matching(patterns)
    with futures.ThreadPoolExecutor(_READERS) as pool:
        parts = [
            part
            for parts in pool.map(
                lambda file: list(map(convert, _batches(file, names))), files
            )
            for part in parts
        ]
    if not parts:
        raise UserError(
            f"found no transformed examples in {', '.join(patterns)} "
            f"({len(files)} files); expected at least one image. Run Transform "
            "on a data set that has images in this split."
        )
    return {
        name: np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }


def _matching(patterns: Sequence[str]) -> list[str]:
    """The files, sorted."""
    return sorted(file for glob in patterns for file in tf.io.gfile.glob(glob))


def _batches(file: str, names: Sequence[str]) -> Iterable[_Columns]:
    """Batches of the columns of a gzipped TFRecord file, in record order."""
    spec = {
        name: tf.io.FixedLenFeature(
            [], tf.string if name == PIXELS else tf.int64
        )
        for name in names
    }
    return (
        tf.data.TFRecordDataset(file, "GZIP", buffer_size=1 << 20)
        .batch(_BATCH)
        .map(lambda records: tf.io.parse_example(records, spec))
        .prefetch(2)
        .as_numpy_iterator()
    )


def _unpack(part: _Columns, length: int) -> _Columns:
    """`part` with its pixels as uint8 [N, length], and their digests."""
    rows = part[PIXELS].tolist()
    if wrong := [len(row) for row in rows if len(row) != length]:
        raise UserError(
            f"a transformed image has {wrong[0]} bytes; the configured image "
            f"size takes {length}. Run Transform with this image size."
        )
    digests = b"".join(
        hashlib.blake2b(row, digest_size=16).digest() for row in rows
    )
    low, high = np.frombuffer(digests, "<u8").reshape(-1, 2).T
    pixels = np.frombuffer(b"".join(rows), np.uint8).reshape(-1, length)
    return part | {PIXELS: pixels, "low": low, "high": high}
