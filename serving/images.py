"""Which image files a command line means."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from modules.common.errors import UserError

STDIN = "-"
SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})


def read(arguments: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each image, in order, one at a time.

    Args:
      arguments: files of any name; folders, for the image files in and below
        them, sorted; and "-" for one image file on the standard input.

    Raises:
      UserError: if there is no such file or folder, or it cannot be read.
    """
    for argument in arguments:
        if argument == STDIN:
            yield "stdin", sys.stdin.buffer.read()
            continue
        for path in _files(Path(argument)):
            try:
                yield str(path), path.read_bytes()
            except OSError as error:
                raise UserError(
                    f"{path} cannot be read ({error.strerror}); expected an "
                    "image file."
                ) from error


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES and file.is_file()
    )
    if not files:
        raise UserError(
            f"there are no images in {path}; expected files that end in "
            f"{', '.join(sorted(SUFFIXES))}."
        )
    return files
