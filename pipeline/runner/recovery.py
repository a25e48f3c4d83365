"""Cleans up a root before a run: killed, moved or lost executions and files.

Only one run can hold the root's lock, so nothing found here is in use: an
execution that is marked as running was killed, and a directory unknown to the
metadata belongs to no run.
"""

from __future__ import annotations

import datetime
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from ml_metadata.metadata_store.metadata_store import MetadataStore
from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.orchestration.portable.mlmd import execution_lib

SET_ASIDE = "set-aside"
CHECKPOINT_DAYS = 14
"""How long the checkpoint of a killed training is kept for its resumption."""
_PLACE = re.compile(r"(?P<root>.+)/(?P<place>[^/]+/[^/]+/[0-9]+)(?:/value)?")
"""An artifact's URI: TFX's root, then node, output key and execution."""


def put_in_order(
    store: MetadataStore, root: Path, notice: Callable[[str], None]
) -> None:
    """Makes what is on the disk and what the metadata says agree.

    Args:
      store: the metadata.
      root: TFX's pipeline root, `Paths.artifacts`.
      notice: is told, in a line each, of what is of interest to the user.
    """
    end_abandoned(store, root)
    _sweep(root)
    _relocate(store, root, notice)
    _set_aside_unknown(store, root, notice)


def drop_old_checkpoints(checkpoints: Path) -> None:
    """Removes checkpoints of trainings that nobody has resumed for long.

    A checkpoint's key is known only when its training begins, so age decides.
    Partially written ones, whose names start with a dot, are always removed.

    Args:
      checkpoints: the directory, `Paths.checkpoints`.
    """
    oldest = time.time() - datetime.timedelta(CHECKPOINT_DAYS).total_seconds()
    for file in checkpoints.glob("*"):
        if file.name.startswith(".") or file.stat().st_mtime < oldest:
            file.unlink()


def end_abandoned(store: MetadataStore, root: Path) -> None:
    """Ends executions that nobody runs any more, and drops their output.

    TFX itself ends only those that raise `Exception`.
    """
    abandoned = [
        execution
        for execution in store.get_executions()
        if execution_lib.is_execution_active(execution)
    ]
    for execution in abandoned:
        execution.last_known_state = Execution.FAILED
        for pattern in (f"*/*/{execution.id}", f"*/.system/*/{execution.id}"):
            for directory in root.glob(pattern):
                shutil.rmtree(directory)
    if abandoned:
        store.put_executions(abandoned)


def _sweep(root: Path) -> None:
    """Removes the working directories that killed executions have left."""
    for pattern in (
        "*/.system/stateful_working_dir/*",
        "*/.system/executor_execution/*/.temp",
    ):
        for directory in root.glob(pattern):
            shutil.rmtree(directory)


def _relocate(
    store: MetadataStore, root: Path, notice: Callable[[str], None]
) -> None:
    """Has the metadata of a root that was moved, or copied, name this one."""
    moved, before = [], ""
    for artifact in store.get_artifacts():
        match = _PLACE.fullmatch(artifact.uri)
        if match and match["root"] != str(root):
            before = match["root"]
            artifact.uri = str(root) + artifact.uri.removeprefix(before)
            moved.append(artifact)
    if moved:
        store.put_artifacts(moved)
        notice(f"moved here from {Path(before).parent}: its results are used.")


def _set_aside_unknown(
    store: MetadataStore, root: Path, notice: Callable[[str], None]
) -> None:
    """Moves away what the metadata does not know, such as it was lost.

    ML Metadata would give the same numbers out again, and new files would be
    read together with the old ones.
    """
    known = {
        root / match["place"]
        for artifact in store.get_artifacts()
        if (match := _PLACE.fullmatch(artifact.uri))
    }
    unknown = [
        directory
        for directory in root.glob("[!.]*/[!.]*/*")
        if directory.name.isdecimal() and directory not in known
    ]
    if not unknown:
        return
    now = datetime.datetime.now()
    aside = root.parent / f"{SET_ASIDE}-{now:%Y%m%d-%H%M%S}"
    for directory in unknown:
        target = aside / directory.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        directory.rename(target)
    notice(
        f"found {len(unknown)} artifacts that the metadata does not know; "
        f"moved them to {aside}, which may be removed."
    )
