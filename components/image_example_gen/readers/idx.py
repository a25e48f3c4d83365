"""MNIST's IDX files, gzipped or not: images in one, labels in another.

Big-endian: two zero bytes, 8 for uint8, the number of dimensions, each
dimension as four bytes, the data (http://yann.lecun.com/exdb/mnist/).
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from components.image_example_gen.arrays import Pixels
from components.image_example_gen.layout import Layout
from modules.common.errors import UserError


def load(files: tuple[Path, ...], layout: Layout) -> tuple[Pixels, Pixels]:
    """Images uint8 [N, H, W] and labels uint8 [N].

    Raises:
      UserError: if a file is not what its name says; it is named.
    """
    images, labels = files
    return _read(images, 3, layout), _read(labels, 1, layout)


def _read(path: Path, dimensions: int, layout: Layout) -> Pixels:
    try:
        with _opened(path) as file:
            shape = _shape(path, file, dimensions, layout)
            size = math.prod(shape)
            data = file.read(size + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(
            f"{path} is damaged ({error}); get it again."
        ) from error
    if len(data) != size:
        found = "more" if len(data) > size else f"{len(data):,}"
        raise UserError(
            f"{path} has {found} bytes of data, expected {size:,} by its "
            "header; it is truncated or damaged, get it again."
        )
    return np.frombuffer(data, np.uint8).reshape(shape)


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if zipped else path.open("rb")


def _shape(
    path: Path, file: BinaryIO, dimensions: int, layout: Layout
) -> tuple[int, ...]:
    start = file.read(4 + 4 * dimensions)
    expected = bytes((0, 0, 8, dimensions))
    if len(start) < 4 + 4 * dimensions or start[:4] != expected:
        raise UserError(
            f"{path} begins with {start[:4].hex() or 'nothing'}, expected "
            f"{expected.hex()}: it is no IDX file of uint8 in {dimensions} "
            "dimensions, get it again."
        )
    shape = struct.unpack(f">{dimensions}I", start[4:])
    sides = (layout.image_size,) * (dimensions - 1)
    if shape[1:] != sides or not 0 < shape[0] <= layout.records:
        raise UserError(
            f"{path} has the shape {shape}, expected 1 to {layout.records:,} "
            f"images of {layout.image_size}x{layout.image_size} pixels; it is "
            "of another data set or damaged."
        )
    return shape
