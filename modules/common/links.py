"""Links to directories whose paths TensorFlow would take for patterns.

TensorFlow, Beam and TFX's stock components look for files by patterns that
start with a directory's path: even loading a SavedModel does. Brackets in it
then match no file, and there is no way to escape them, so they are given a
link whose path has none.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from modules.common.errors import UserError

_PATTERN = re.compile(r"[][*?\\]")


def reachable(directory: Path) -> Path:
    """`directory`, or a link to it if its path has glob characters.

    The link is the same whenever it is needed, since artifacts' URIs have it.

    Args:
      directory: an existing directory; the result is absolute.

    Raises:
      UserError: if a link is needed and cannot be made.
    """
    directory = directory.absolute()
    if not _PATTERN.search(str(directory)):
        return directory
    link = _link(directory)
    try:
        _require_private(link.parent, directory)
        if not (link.is_symlink() and link.readlink() == directory):
            link.unlink(missing_ok=True)
            link.symlink_to(directory)
    except OSError as error:
        raise UserError(
            f"{directory} has glob characters and needs a link, but {link} "
            f"cannot be made ({error.strerror}); free it, or move the "
            "directory to a path without []*?\\."
        ) from error
    return link


def original(path: str, directory: Path) -> str:
    """`path` as the user knows it, if it goes through `directory`'s link."""
    link = str(_link(directory))
    if path == link or path.startswith(f"{link}/"):
        return str(directory) + path.removeprefix(link)
    return path


def _link(directory: Path) -> Path:
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    place = Path(tempfile.gettempdir()).absolute()
    return place / f"tfx-cifar10-{os.getuid()}" / name


def _require_private(place: Path, directory: Path) -> None:
    """Makes the directory of links, in which no other user may write."""
    if _PATTERN.search(str(place)):
        raise UserError(
            f"{directory} has glob characters, and so has the directory for "
            f"temporary files, {place.parent}; expected one of the two "
            "without. Set TMPDIR, or move the former."
        )
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or others:
        raise UserError(
            f"{place} is not a directory that only you can write to, which "
            f"{directory} needs because of its glob characters. Remove it, "
            "or move the directory to a path without []*?\\."
        )
