"""Writes PNG files without compression, and tells whole ones from damaged.

Filters prepare a line for compression, and TensorFlow's encoder, by way of
libpng, tries all five on each line even where nothing is compressed: that takes
four times as long as these files do, and they are decoded faster. See the PNG
specification, third edition (https://www.w3.org/TR/png-3/).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BIT_DEPTH, _TRUECOLOUR = 8, 2
_HEADER = struct.Struct(">IIBBBBB")
_NUMBER = struct.Struct(">I")
_BLOCK = struct.Struct("<BHH")
_BLOCK_BYTES = 0xFFFF
_CHUNK_BYTES = 12
"""Of a chunk: its length and kind before its data, its checksum after."""
_ANCILLARY = 0x20
"""The bit of a kind's first letter that says it may be passed over."""
_BATCH, _BATCH_BYTES = 100, 8 << 20
"""The most images that are laid out together, and the most memory for them."""


def encode(pixels: NDArray[np.uint8]) -> Iterator[bytes]:
    """Each image as a PNG file, the same bytes every time.

    Args:
      pixels: uint8 [N, H, W, 3].
    """
    count, height, width, channels = pixels.shape
    shape = (width, height, _BIT_DEPTH, _TRUECOLOUR, 0, 0, 0)
    start = _SIGNATURE + _chunk(b"IHDR", _HEADER.pack(*shape))
    end = _chunk(b"IEND", b"")
    fit = _BATCH_BYTES // (height * (1 + width * channels))
    together = max(1, min(_BATCH, fit))
    for first in range(0, count, together):
        batch = pixels[first : first + together]
        # The first byte of a line is its filter: none.
        lines = np.zeros((len(batch), height, 1 + width * channels), np.uint8)
        lines[:, :, 1:] = batch.reshape(len(batch), height, -1)
        content, size = lines.tobytes(), lines[0].size
        for at in range(0, len(content), size):
            data = _stored(content[at : at + size])
            yield b"".join((start, _chunk(b"IDAT", data), end))


def is_whole(file: bytes) -> bool:
    """Whether a PNG's critical chunks are undamaged, up to its end, IEND.

    libpng requires it, with which models are served; Pillow does not look at
    the checksums of the pixels, nor at what follows them.
    """
    view, at = memoryview(file), len(_SIGNATURE)
    while (after := at + _CHUNK_BYTES) <= len(file):
        (length,) = _NUMBER.unpack_from(file, at)
        after += length
        if not file[at + 4] & _ANCILLARY:
            end = after - 4
            checksum = zlib.crc32(view[at + 4 : end])
            if file[end:after] != _NUMBER.pack(checksum):
                return False
            if file[at + 4 : at + 8] == b"IEND":
                return True
        at = after
    return False


def _stored(data: bytes) -> bytes:
    """In zlib's format, but as it is: RFC 1950, and 3.2.4 of RFC 1951.

    `zlib.compress` would let other threads run for each image, and to wait for
    one's turn again takes longer than this.
    """
    parts = [b"\x78\x01"]
    for start in range(0, len(data), _BLOCK_BYTES):
        block = data[start : start + _BLOCK_BYTES]
        last = start + len(block) == len(data)
        parts += _BLOCK.pack(last, len(block), _BLOCK_BYTES - len(block)), block
    return b"".join((*parts, _NUMBER.pack(zlib.adler32(data))))


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    length = _NUMBER.pack(len(data))
    return b"".join((length, kind, data, _NUMBER.pack(checksum)))
