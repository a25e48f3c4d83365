"""Copying a version to where a server sees it, whole or not at all.

TF Serving loads a version as soon as it finds `saved_model.pb`, and does not
look again: a plain copy may be served half. This one gets its name last.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from modules.common import atomic, manifest, permissions
from modules.common.errors import UserError
from serving.versions import labels

TEMPORARY = ".delivering-"
"""How the names of copies under way start: servers ignore hidden names."""


def deliver(
    serving_root: Path, model: str, version: int, destination: Path
) -> Path:
    """Copies a version from one serving root to another.

    Every user may read the copy, whatever the umask: servers run as another.
    A version that is there already, whole and the same, is left as it is.

    Returns:
      The version in the destination.

    Raises:
      UserError: if it is incomplete, here or when it has arrived, or another
        of that number is there.
    """
    labels.check(serving_root, model, version)
    source = serving_root / model / str(version)
    target = destination / model / str(version)
    if target.exists():
        if _same(source, target):
            return target
        raise UserError(
            f"{target} exists already and is not this version, or only a "
            "part of it; move it away and deliver again."
        )
    try:
        permissions.make_shared(target.parent)
        _copy(source, target)
    except OSError as error:
        raise UserError(
            f"cannot write {target} ({error.strerror}); expected a directory "
            "that this user may write to, with enough space."
        ) from error
    return target


def _copy(source: Path, target: Path) -> None:
    temporary = target.parent / f"{TEMPORARY}{uuid.uuid4().hex}"
    try:
        shutil.copytree(source, temporary)
        permissions.share(temporary)
        for path in (temporary, *temporary.rglob("*")):
            atomic.flush_entry(path)
        if problems := manifest.verify(temporary):
            raise UserError(
                f"the copy of {source} differs from what was pushed: "
                f"{problems[0]}. Nothing was delivered; try again."
            )
        temporary.rename(target)
        atomic.flush_entry(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _same(one: Path, other: Path) -> bool:
    """Whether both are whole and list the same files."""
    return (
        not manifest.verify(other)
        and (one / manifest.MANIFEST).read_bytes()
        == (other / manifest.MANIFEST).read_bytes()
    )
