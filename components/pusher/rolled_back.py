"""The list of versions that were rolled back.

They are kept, to be inspected or promoted again, but never serve as a baseline:
a model that had to be rolled back sets no standard.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterable

from modules.common import atomic

FILE_NAME = ".rolled-back"
"""In the directory of the versions: a number a line; servers ignore it."""


def read(directory: pathlib.Path) -> frozenset[int]:
    """The versions in `directory` that were rolled back."""
    try:
        words = (directory / FILE_NAME).read_text("utf-8").split()
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(int(word) for word in words if word.isdecimal())


def moved(
    directory: pathlib.Path, versions: Iterable[int], before: int, now: int
) -> None:
    """Takes note that production moved between two of `versions`.

    Going back marks each version that is newer than the one gone back to, up
    to the one left; a version that is in production is not rolled back.
    """
    left = {version for version in versions if now < version <= before}
    marked = (read(directory) | left) - {now}
    text = "".join(f"{version}\n" for version in sorted(marked))
    atomic.write_text(directory / FILE_NAME, text)
