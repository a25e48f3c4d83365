"""TFRecord files, without TensorFlow.

In TensorFlow's readers and writers a thread gives the interpreter up at each
record, and waits for its turn again: of several threads that read small
records, all but one wait.

A record is its length (8 bytes, little endian), a checksum of that (4), the
data, and a checksum of the data (4); see TensorFlow's `record_writer.h`.
"""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import google_crc32c

from modules.common.errors import UserError

HEADER = struct.Struct("<QI")
"""A record's length, and the checksum of its 8 bytes."""
CHECKSUM = struct.Struct("<I")

_BUFFER_BYTES = 1 << 20


def checksum(data: bytes) -> int:
    """CRC-32C, rotated and shifted (TensorFlow's `lib/hash/crc32c.h`)."""
    value = google_crc32c.value(data)
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def framed(record: bytes) -> bytes:
    """A record as it is in a file."""
    length = len(record).to_bytes(8, "little")
    header = HEADER.pack(len(record), checksum(length))
    return b"".join((header, record, CHECKSUM.pack(checksum(record))))


def read(file: str | Path) -> Iterator[bytes]:
    """The records of a file that is not compressed, in its order.

    Raises:
      UserError: if it is damaged, or is no TFRecord.
    """
    with open(file, "rb", buffering=_BUFFER_BYTES) as opened:
        left = os.fstat(opened.fileno()).st_size
        while header := opened.read(HEADER.size):
            if len(header) < HEADER.size:
                raise _damaged(file, "it ends within a record's length")
            length, expected = HEADER.unpack(header)
            if checksum(header[:8]) != expected:
                raise _damaged(file, "the checksum of a length is wrong")
            left -= HEADER.size + length + CHECKSUM.size
            if left < 0:
                raise _damaged(file, "it ends within a record")
            record = opened.read(length)
            (expected,) = CHECKSUM.unpack(opened.read(CHECKSUM.size))
            if checksum(record) != expected:
                raise _damaged(file, "the checksum of a record is wrong")
            yield record


def count_rows(directory: Path) -> dict[str, int]:
    """The rows of each split of an `Examples` artifact, `Split-<name>/*`.

    Raises:
      UserError: if a file ends in the middle of a record, or is no TFRecord.
    """
    return {
        split.name.removeprefix("Split-"): sum(
            count(file) for file in sorted(split.iterdir())
        )
        for split in sorted(directory.glob("Split-*"))
    }


def count(file: Path) -> int:
    """The records of one file, plain or gzipped (named `.gz`).

    Raises:
      UserError: if it ends in the middle of a record, or is no TFRecord.
    """
    try:
        if file.suffix == ".gz":
            with gzip.open(file) as opened:
                return _skip_through(cast(BinaryIO, opened))
        with file.open("rb") as opened:
            return _skip_through(opened, file.stat().st_size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(file, error) from error


def _skip_through(file: BinaryIO, size: int | None = None) -> int:
    """Counts the records; their data is skipped where the size is known."""
    rows = 0
    while header := file.read(HEADER.size):
        if len(header) < HEADER.size:
            raise EOFError("it ends within a record's length")
        skipped = HEADER.unpack(header)[0] + CHECKSUM.size
        if size is None:
            complete = len(file.read(skipped)) == skipped
        elif complete := skipped <= size - file.tell():
            file.seek(skipped, os.SEEK_CUR)
        if not complete:
            raise EOFError("it ends within a record")
        rows += 1
    return rows


def _damaged(file: str | Path, why: object) -> UserError:
    return UserError(
        f"{file} is damaged ({why}); expected complete records. Remove its "
        "directory and run again to recreate it."
    )
