"""Where an encoded image is in a shard."""

from __future__ import annotations

import dataclasses


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
        return printable(self.key)


def printable(name: str) -> str:
    """A name from a file, on one line that any terminal can show."""
    return name if name.isprintable() else repr(name)
