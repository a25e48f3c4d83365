"""The manifest of a pushed model version: its files, sizes and digests.

Pusher writes it as the last file of a version. A version without one, or one
that does not match it, is incomplete: no label may point to it.
Standard library only: the serving commands read it as well.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

from modules.common import atomic

MANIFEST = PurePosixPath("assets.extra/manifest.json")
"""Where it is in a version. TensorFlow and its server leave `assets.extra`
alone, except for the warm-up requests."""


def write(directory: Path) -> None:
    """Lists every file below `directory` in its manifest, on the disk.

    Call it when everything else is written. It replaces an older manifest.

    Raises:
      OSError: if a file cannot be read, or the manifest not written.
    """
    target = directory / MANIFEST
    target.parent.mkdir(exist_ok=True)
    files = [
        {
            "path": path.relative_to(directory).as_posix(),
            "size": path.stat().st_size,
            "sha256": _sha256(path),
        }
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path != target
    ]
    atomic.write_text(target, json.dumps({"files": files}, indent=1))


def verify(directory: Path) -> list[str]:
    """What differs between `directory` and its manifest; empty if nothing.

    A missing manifest is a problem. Files that it does not list are none:
    they cannot keep the model from loading.
    """
    try:
        entries = _entries(directory / MANIFEST)
    except FileNotFoundError:
        return [f"{MANIFEST} is missing"]
    except (OSError, ValueError) as error:
        return [f"{MANIFEST} is unreadable ({error})"]
    return [
        problem
        for path, size, digest in entries
        if (problem := _problem(directory, path, size, digest))
    ]


def _entries(manifest: Path) -> list[tuple[str, int, str]]:
    try:
        content: Any = json.loads(manifest.read_bytes())
        return [
            (str(file["path"]), int(file["size"]), str(file["sha256"]))
            for file in content["files"]
        ]
    except (
        *(KeyError, TypeError, ValueError, OverflowError, RecursionError),
    ) as error:
        raise ValueError(
            "expected a JSON object with the files' path, size and sha256"
        ) from error


def _problem(directory: Path, name: str, size: int, digest: str) -> str:
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts:
        return f"{name} is listed, but lies outside the version"
    path = directory / relative
    try:
        if not path.is_file():
            return f"{name} is missing"
        found = path.stat().st_size
        if found != size:
            return f"{name} has {found:,} bytes instead of {size:,}"
        if _sha256(path) != digest:
            return f"{name} has other contents than were pushed"
    except OSError as error:
        return f"{name} is unreadable ({error.strerror})"
    return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
