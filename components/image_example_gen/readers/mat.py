"""SVHN's MATLAB files (cropped digits): `X` [H, W, 3, N] and `y` [N, 1].

http://ufldl.stanford.edu/housenumbers/: MATLAB 5 files. SciPy reads them too,
and crashes on damaged ones, so what such a file can be here is read by hand:
numeric arrays, compressed or not (MATLAB's "MAT-File Format", level 5).
"""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from components.image_example_gen.arrays import Pixels
from components.image_example_gen.layout import Layout
from modules.common.errors import UserError

_HEADER = 128
_ORDERS = {b"\x00\x01IM": "<", b"\x01\x00MI": ">"}
"""Byte orders by version and mark, the end of the header."""
_PIXELS, _LABELS = "X", "y"
"""The names of the arrays that are used."""
_MAX_ARRAYS = 100
_MATRIX, _COMPRESSED = 14, 15
_FLAGS, _DIMENSIONS, _NAME = 6, 5, 1
"""The types of a matrix's first parts."""
_TYPES = {
    **{1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4"},
    **{9: "f8", 12: "i8", 13: "u8"},
}
_CLASSES = {
    **{6: "double", 7: "single", 8: "int8", 9: "uint8", 10: "int16"},
    **{11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64"},
}
_COMPLEX = 1 << 11


class _Array(NamedTuple):
    """An array: its class, dimensions, and values column by column."""

    kind: str
    shape: tuple[int, ...]
    values: np.ndarray


_NOTHING = _Array("nothing", (), np.zeros(0, np.uint8))


def load(files: tuple[Path, ...], layout: Layout) -> tuple[Pixels, Pixels]:
    """Images uint8 [N, H, W, 3] and labels uint8 [N].

    Raises:
      UserError: if the file is not what its name says.
    """
    (path,) = files
    try:
        if (size := path.stat().st_size) > 2 * layout.max_bytes:
            raise ValueError(f"it has {size:,} bytes")
        arrays = _arrays(path.read_bytes(), layout.max_bytes)
        found, labels = (
            arrays.get(name, _NOTHING) for name in (_PIXELS, _LABELS)
        )
        _require_shapes(path, found, labels, layout)
        marks = _whole(labels.values)
    except UserError:
        raise
    except (ValueError, zlib.error, struct.error) as error:
        raise UserError(
            f"{path} cannot be read as a MATLAB 5 file ({error}); get it again."
        ) from error
    pixels = found.values.reshape(found.shape, order="F")
    return pixels.transpose(3, 0, 1, 2), marks


def _require_shapes(
    path: Path, found: _Array, labels: _Array, layout: Layout
) -> None:
    size = layout.image_size
    good = len(found.shape) == 4 and found.shape[:3] == (size, size, 3)
    count = found.shape[3] if good else 0
    if (
        not 0 < count <= layout.records
        or found.kind != "uint8"
        or sorted(labels.shape) != sorted((count, 1))
    ):
        raise UserError(
            f"{path} has X of the shape {found.shape} ({found.kind}) and y of "
            f"{labels.shape}, expected uint8 ({size}, {size}, 3, N) and "
            f"(N, 1), with N up to {layout.records:,}; it is of another data "
            "set or damaged."
        )


def _whole(values: np.ndarray) -> Pixels:
    """Labels, in whatever type they are stored, as uint8 [N]."""
    with np.errstate(invalid="ignore"):
        labels = values.astype(np.uint8)
    if wrong := np.flatnonzero(labels != values).size:
        raise ValueError(f"{wrong:,} labels are no whole numbers up to 255")
    return labels


def _arrays(content: bytes, max_bytes: int) -> dict[str, _Array]:
    """The numeric arrays of a file that are used, by name.

    Others are not kept: together they can be gigabytes in a small file.

    Args:
      content: of the file.
      max_bytes: the most that one may have.

    Raises:
      ValueError, zlib.error, struct.error: if the file is damaged.
    """
    order = _ORDERS.get(content[_HEADER - 4 : _HEADER])
    if order is None:
        raise ValueError("its header is that of no such file")
    found: dict[str, _Array] = {}
    elements = _elements(memoryview(content)[_HEADER:], order)
    for count, (kind, data) in enumerate(elements):
        if count == _MAX_ARRAYS:
            raise ValueError(f"it has more than {_MAX_ARRAYS} arrays")
        for name, array in _used(kind, data, order, max_bytes):
            if name in found:
                raise ValueError(f"it has two arrays of the name {name}")
            found[name] = array
    return found


def _used(
    kind: int, data: memoryview, order: str, max_bytes: int
) -> Iterator[tuple[str, _Array]]:
    """The name and the values of an element, if it is an array to keep."""
    if kind == _COMPRESSED:
        unpacked = memoryview(_unpacked(data, max_bytes))
        kind, data = next(_elements(unpacked, order), (0, data))
    named = _matrix(data, order) if kind == _MATRIX else None
    if named and named[0] in (_PIXELS, _LABELS):
        yield named


def _elements(
    content: memoryview, order: str
) -> Iterator[tuple[int, memoryview]]:
    """The types and the contents of elements that follow each other."""
    at = 0
    while at < len(content):
        kind, size = struct.unpack_from(f"{order}II", content, at)
        start = at + 8
        after = start + size + (0 if kind == _COMPRESSED else -size % 8)
        if kind >> 16:  # A small one: its size and its content are in the tag.
            kind, size, start, after = kind & 0xFFFF, kind >> 16, at + 4, start
            if size > 4:
                raise ValueError("the tag of an element is wrong")
        data = content[start : start + size]
        if len(data) < size:
            raise ValueError("it ends within an element")
        yield kind, data
        at = after


def _unpacked(data: memoryview, max_bytes: int) -> bytes:
    """A compressed element, which may have a header of 1 KiB."""
    limit = max_bytes + 1024
    unpacking = zlib.decompressobj()
    found = unpacking.decompress(data, limit)
    if not unpacking.eof:
        raise ValueError(
            f"an array is cut off, or has more than {limit:,} bytes"
        )
    return found


def _matrix(data: memoryview, order: str) -> tuple[str, _Array] | None:
    """The name and the values of an array; None if it is not of numbers."""
    parts = list(itertools.islice(_elements(data, order), 4))
    types = [kind for kind, _ in parts]
    if len(parts) < 4 or types[:3] != [_FLAGS, _DIMENSIONS, _NAME]:
        return None
    (_, flags), (_, dimensions), (_, name), (stored_as, values) = parts
    (flag,) = struct.unpack_from(f"{order}I", flags)
    kind = _CLASSES.get(flag & 0xFF)
    if kind is None or flag & _COMPLEX or stored_as not in _TYPES:
        return None
    shape = tuple(np.frombuffer(dimensions, f"{order}i4").tolist())
    found = np.frombuffer(values, f"{order}{_TYPES[stored_as]}")
    if min(shape, default=-1) < 0 or math.prod(shape) != len(found):
        raise ValueError(f"an array of {len(found):,} values has shape {shape}")
    if kind == "uint8" and found.dtype != np.uint8:
        raise ValueError("an array of uint8 is not stored as such")
    return bytes(name).decode("latin-1"), _Array(kind, shape, found)
