"""Deleting versions that nobody needs any more."""

from __future__ import annotations

import shutil
from pathlib import Path

from components.pusher.models_config import load
from components.pusher.versions import versions
from modules.common import manifest
from serving.versions import models_config

TEMPORARY = ".pruned-"
"""How a version is called while it is deleted, for no server to load it."""


def prune(serving_root: Path, model: str, keep: int) -> list[int]:
    """Deletes all but the newest `keep` versions of the model.

    Versions that have a label, or that servers load, stay; so does what is
    incomplete, which may be a copy under way.

    Returns:
      The versions that were deleted, the newest first.

    Raises:
      UserError: if models.config cannot be read.
    """
    directory = serving_root / model
    needed: set[int] = set()
    for config in load(serving_root).model_config_list.config:
        if config.name == model:
            needed |= set(config.version_labels.values())
            needed |= models_config.served(config)
    whole = [
        version
        for version in versions(directory)
        if not manifest.verify(directory / str(version))
    ]
    deleted = [v for v in whole[keep:] if v not in needed]
    for version in deleted:
        hidden = directory / f"{TEMPORARY}{version}"
        (directory / str(version)).rename(hidden)
        shutil.rmtree(hidden)
    return deleted
