"""Reads a tar file's headers, within bounds and to its end.

`tarfile` reads an extended header in one piece and keeps each of its keywords.
Before Python 3.11.10 the time that takes grows with the square of the length
of a run of digits (CVE-2024-6232).
"""

from __future__ import annotations

import io
import re
import tarfile
from typing import Any, BinaryIO

MAX_BYTES = 16 << 10
"""The most that is read of all headers of one member."""
MAX_KEYWORDS = 100
_LONG_NUMBER = re.compile(rb"\d{256}")  # The name of a file has 255 at most.
_ZEROS = bytes(tarfile.BLOCKSIZE)
_CHUNK = 1 << 20


class BoundedTar(tarfile.TarFile):
    """A plain tar file to read; it forgets the members that it has named."""

    def __init__(self, stream: Any):
        """Reads the first header.

        Raises:
          tarfile.ReadError: if there is none.
        """
        self._bounded = _Bounded(stream)
        super().__init__(fileobj=self._bounded)

    def next(self) -> tarfile.TarInfo | None:
        """See `TarFile.next`.

        Raises:
          tarfile.ReadError: if its headers are large, or damaged.
        """
        self._bounded.left = MAX_BYTES
        try:
            member = super().next()
        finally:
            self._bounded.left = None
        # What is kept of the members would fill the memory.
        self.members: list[tarfile.TarInfo] = []
        if member is None:
            return None
        if len(member.pax_headers) > MAX_KEYWORDS:
            raise tarfile.ReadError(f"over {MAX_KEYWORDS} keywords in a header")
        if member.size < 0:  # Or tarfile would come back to it for ever.
            raise tarfile.ReadError(f"the size of {member.name!r}")
        return member


class _Bounded(io.RawIOBase):
    """A stream that ends in an error after `left` bytes, if that is set."""

    def __init__(self, stream: Any):
        self._stream = stream
        self.left: int | None = None

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a place."""
        return int(self._stream.seek(offset, whence))

    def tell(self) -> int:
        """The place, counted from the start."""
        return int(self._stream.tell())

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes."""
        if self.left is None:
            return bytes(self._stream.read(size))
        self.left -= size
        if size < 0 or self.left < 0:
            raise tarfile.ReadError(f"over {MAX_BYTES:,} bytes of headers")
        content = bytes(self._stream.read(size))
        if _LONG_NUMBER.search(content):
            raise tarfile.ReadError("a number of over 255 digits in a header")
        return content


def require_end(file: BinaryIO, offset: int) -> None:
    """Refuses a file whose last member is not followed by tar's end marker.

    `tarfile` takes a damaged header, and the end of the file, for the end of
    the archive. GNU tar and WebDataset, too, would not read a second archive
    that was appended to the first.

    Args:
      file: the tar file.
      offset: where its members end.

    Raises:
      tarfile.ReadError: if there is anything but zero bytes from there on,
        or less than a block of them.
    """
    file.seek(offset)
    block = file.read(len(_ZEROS))
    if len(block) < len(_ZEROS):
        raise tarfile.ReadError(
            f"it is cut short: its end marker is missing at byte {offset:,}"
        )
    if block != _ZEROS:
        raise tarfile.ReadError(f"a damaged header at byte {offset:,}")
    while chunk := file.read(_CHUNK):
        if chunk.strip(b"\0"):
            raise tarfile.ReadError(
                f"data after its end marker at byte {offset:,}: a damaged "
                "header, or archives that were joined other than by tar -A"
            )
