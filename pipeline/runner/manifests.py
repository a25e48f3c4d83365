"""Manifests: the files of an artifact, recorded when it is complete.

ML Metadata knows only an artifact's directory: if files were emptied, truncated
or added since, it is still taken from the cache, and readers read every file in
it. So each artifact has a manifest beside it, under its node's `.system/`,
which readers do not look into:

    <node>/<key>/<execution>/...                    the artifact
    <node>/.system/manifests/<execution>/<key>.json   its manifest
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Self

from modules.common import atomic, tfrecords

_VALUE = "value"  # TFX keeps a value artifact in a file of this name.


@dataclasses.dataclass(frozen=True)
class Stamp:
    """File attributes that change with any write; reading is not needed."""

    size: int
    inode: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, file: Path) -> Self:
        """The stamp that `file` has now."""
        status = file.stat()
        return cls(
            status.st_size,
            status.st_ino,
            status.st_mtime_ns,
            status.st_ctime_ns,
        )


@dataclasses.dataclass(frozen=True)
class Entry:
    """One file: its stamp when it was last read, and its contents' digest."""

    stamp: Stamp
    sha256: str

    @classmethod
    def of(cls, file: Path) -> Self:
        """Reads `file`, and has it written to the disk."""
        stamp = Stamp.of(file)
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            os.fsync(opened.fileno())
        return cls(stamp, digest)


@dataclasses.dataclass(frozen=True)
class Manifest:
    """The files of an artifact.

    Attributes:
      files: by path below the artifact's directory.
      rows: examples by split, where it is an artifact of examples.
    """

    files: dict[str, Entry]
    rows: dict[str, int]

    @property
    def digest(self) -> str:
        """Of the names and contents: the same wherever the artifact is."""
        lines = [
            f"{entry.sha256} {name}\n"
            for name, entry in sorted(self.files.items())
        ]
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def write(uri: str, *, examples: bool = False) -> Manifest:
    """Writes the manifest of a complete artifact, and all of it to the disk.

    Args:
      uri: the artifact, below a pipeline root.
      examples: whether it has splits of TFRecord files, whose rows count.

    Raises:
      OSError: if a file cannot be read, or the manifest not be written.
    """
    directory = _directory(uri)
    manifest = Manifest(
        {
            name: Entry.of(file)
            for name, file in sorted(_files(directory).items())
        },
        tfrecords.count_rows(directory) if examples else {},
    )
    _save(manifest, _place(directory))
    return manifest


def read(uri: str) -> Manifest | None:
    """The artifact's manifest; None if there is none that can be read."""
    try:
        values = json.loads(_place(_directory(uri)).read_text("utf-8"))
        files = {
            name: Entry(Stamp(*entry["stamp"]), entry["sha256"])
            for name, entry in values["files"].items()
        }
        return Manifest(files, values["rows"])
    except (
        *(OSError, ValueError, KeyError, TypeError, AttributeError),
        RecursionError,
    ):
        return None


def problem(uri: str) -> str | None:
    """How the artifact differs from its manifest; None where it does not.

    Files are read only where their stamps have changed, as those of a copied
    root have; the new stamps are written down if the contents have not.
    """
    manifest = read(uri)
    if manifest is None:
        return "it has no manifest"
    directory = _directory(uri)
    found = _files(directory)
    for name in sorted(manifest.files.keys() ^ found.keys()):
        return f"{name} is {'missing' if name in manifest.files else 'new'}"
    touched: dict[str, Entry] = {}
    for name, entry in manifest.files.items():
        stamp = Stamp.of(found[name])
        if stamp.size != entry.stamp.size:
            return f"{name} has {stamp.size:,} bytes, not {entry.stamp.size:,}"
        if stamp != entry.stamp:
            touched[name] = Entry.of(found[name])
            if touched[name].sha256 != entry.sha256:
                return f"{name} has other contents"
    if touched:
        restamped = Manifest({**manifest.files, **touched}, manifest.rows)
        _save(restamped, _place(directory))
    return None


def _directory(uri: str) -> Path:
    path = Path(uri)
    return path.parent if path.name == _VALUE else path


def _place(directory: Path) -> Path:
    node, key, execution = directory.parts[-3:]
    system = directory.parents[2] / node / ".system"
    return system / "manifests" / execution / f"{key}.json"


def _files(directory: Path) -> dict[str, Path]:
    return {
        path.relative_to(directory).as_posix(): path
        for path in directory.rglob("*")
        if not path.is_dir()
    }


def _save(manifest: Manifest, path: Path) -> None:
    """Writes it whole or not at all, and to the disk."""
    values: dict[str, Any] = {
        "files": {
            name: {
                "stamp": dataclasses.astuple(entry.stamp),
                "sha256": entry.sha256,
            }
            for name, entry in manifest.files.items()
        },
        "rows": manifest.rows,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(path, json.dumps(values, indent=1) + "\n")
