"""Counting the rows of TFRecord files, without TensorFlow.

A record is its length (8 bytes, little endian), a checksum of that (4), the
data, and a checksum of the data (4); see TensorFlow's `record_writer.h`.
"""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from modules.common.errors import UserError

_LENGTH = struct.Struct("<QI")
_CHECKSUM_BYTES = 4


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
        raise UserError(
            f"{file} is damaged ({error}); expected complete records. Remove "
            "its directory and run again to recreate it."
        ) from error


def _skip_through(file: BinaryIO, size: int | None = None) -> int:
    """Counts the records; their data is skipped where the size is known."""
    rows = 0
    while header := file.read(_LENGTH.size):
        if len(header) < _LENGTH.size:
            raise EOFError("it ends within a record's length")
        skipped = _LENGTH.unpack(header)[0] + _CHECKSUM_BYTES
        if size is None:
            complete = len(file.read(skipped)) == skipped
        elif complete := skipped <= size - file.tell():
            file.seek(skipped, os.SEEK_CUR)
        if not complete:
            raise EOFError("it ends within a record")
        rows += 1
    return rows
