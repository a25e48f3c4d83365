"""What is in a shard, and where."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from modules.common.errors import escaped


@dataclasses.dataclass(frozen=True)
class Entry:
    """An image of a shard.

    Attributes:
      key: its name, unique in the shard.
      label: its class.
      offset: of the bytes that hold it, in the file.
      size: how many they are.
    """

    key: str
    label: int
    offset: int
    size: int

    @property
    def shown(self) -> str:
        """The key as a message has it."""
        return escaped(self.key)


@dataclasses.dataclass(frozen=True)
class Listing:
    """What is in a shard.

    Attributes:
      entries: its images, in its order.
      left_out: the number of classes without an image that can be read.
    """

    entries: list[Entry]
    left_out: int = 0


Version = tuple[int, int, int]


def version(path: Path) -> Version:
    """Another for a file that was changed: what is kept of it may be old."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino
