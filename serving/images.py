"""Which image files a command line means."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from modules.common.errors import UserError

STDIN = "-"
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif"})
OTHER_IMAGES = frozenset(
    {
        *(".avif", ".bmp", ".gif", ".heic", ".heif", ".ico", ".jp2", ".jxl"),
        *(".pgm", ".pnm", ".ppm", ".svg", ".tga", ".tif", ".tiff", ".webp"),
    }
)
"""Image files that the model does not decode."""
RESOURCE_FORK = "._"
"""How macOS names what it leaves beside a file on foreign disks."""
_NAMED = 5

Skipped = Callable[[Sequence[Path]], None]


def read(
    arguments: Iterable[str], skipped: Skipped = lambda _: None
) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each image, in order, one at a time.

    Args:
      arguments: files of any name; folders, for the PNG and JPEG files in and
        below them, sorted; and "-" for one image file on the standard input.
      skipped: told, once a folder, of the images of other kinds in it.

    Raises:
      UserError: if there is no such file or folder, or it cannot be read.
    """
    for argument in arguments:
        if argument == STDIN:
            yield "stdin", sys.stdin.buffer.read()
            continue
        for path in _files(Path(argument), skipped):
            try:
                yield str(path), path.read_bytes()
            except OSError as error:
                raise UserError(
                    f"{path} cannot be read ({error.strerror}); expected an "
                    "image file."
                ) from error


def listing(paths: Sequence[Path]) -> str:
    """The first few names, and how many more there are."""
    names = ", ".join(str(path) for path in paths[:_NAMED])
    more = len(paths) - _NAMED
    return f"{names} and {more} more" if more > 0 else names


def _files(path: Path, skipped: Skipped) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not file.name.startswith(RESOURCE_FORK)
    )
    files = [file for file in found if file.suffix.lower() in SUFFIXES]
    others = [file for file in found if file.suffix.lower() in OTHER_IMAGES]
    if not files:
        instead = f" (found {listing(others)})" if others else ""
        raise UserError(
            f"there are no images in {path}{instead}; expected PNG or JPEG "
            f"files: {', '.join(sorted(SUFFIXES))}."
        )
    if others:
        skipped(others)
    return files
