"""Which image files a command line means."""

from __future__ import annotations

import os
import stat
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from components.image_example_gen.image_file import (
    MAX_BYTES,
    printable,
    read_regular_file,
)
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
        Folders that are links are read too, once each.
      skipped: told, once a folder, of the images of other kinds in it.

    Raises:
      UserError: if there is no such file or folder, or it cannot be read, is
        no regular file or is too large.
    """
    for argument in arguments:
        if argument == STDIN:
            yield "stdin", _standard_input()
            continue
        for path in _files(Path(argument), skipped):
            yield str(path), read_regular_file(path)


def listing(paths: Sequence[Path]) -> str:
    """The first few names, and how many more there are."""
    names = ", ".join(printable(path) for path in paths[:_NAMED])
    more = len(paths) - _NAMED
    return f"{names} and {more} more" if more > 0 else names


def _standard_input() -> bytes:
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise UserError(
            f"the standard input has more than {MAX_BYTES:,} bytes, expected "
            "one PNG or JPEG file; give it a smaller one."
        )
    return content


def _files(path: Path, skipped: Skipped) -> list[Path]:
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            return [path]
        found = sorted(
            file
            for file in _below(path)
            if not file.name.startswith(RESOURCE_FORK) and file.is_file()
        )
    except OSError as error:
        raise UserError(
            f"{printable(error.filename)} cannot be read ({error.strerror}); "
            "expected an image file, or a folder of them."
        ) from error
    files = [file for file in found if file.suffix.lower() in SUFFIXES]
    others = [file for file in found if file.suffix.lower() in OTHER_IMAGES]
    if not files:
        instead = f" (found {listing(others)})" if others else ""
        raise UserError(
            f"there are no images in {printable(path)}{instead}; expected PNG "
            f"or JPEG files: {', '.join(sorted(SUFFIXES))}."
        )
    if others:
        skipped(others)
    return files


def _below(top: Path) -> Iterator[Path]:
    """What is in a folder and those below it, each of which is read once.

    Folders that are links come last: where one leads to another folder below
    `top`, the files keep the names that they have there.

    Raises:
      OSError: if a folder cannot be read.
    """
    seen: set[tuple[int, int]] = set()
    waiting = deque([os.fspath(top)])
    while waiting:
        for folder, below, names in os.walk(waiting.popleft(), onerror=_fail):
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen:
                below.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            paths = [os.path.join(folder, name) for name in sorted(below)]
            waiting.extend(filter(os.path.islink, paths))
            yield from (Path(folder, name) for name in names)


def _fail(error: OSError) -> None:
    raise error
