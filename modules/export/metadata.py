"""`assets.extra/model.json`: what a model is, for whoever loads it."""

from __future__ import annotations

import json
import pathlib
from typing import Any

EXTRA_ASSETS = "assets.extra"
METADATA_FILE = "model.json"


def extra_assets(saved_model: str) -> pathlib.Path:
    """The folder of a SavedModel that TF Serving leaves alone."""
    return pathlib.Path(saved_model, EXTRA_ASSETS)


def write_metadata(saved_model: str, metadata: dict[str, Any]) -> None:
    """Writes the metadata into a SavedModel directory."""
    folder = extra_assets(saved_model)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(metadata, indent=2, sort_keys=True)
    (folder / METADATA_FILE).write_text(text + "\n")


def read_metadata(saved_model: str) -> dict[str, Any]:
    """The metadata of a SavedModel directory.

    Raises:
      FileNotFoundError: if the directory holds none.
    """
    return json.loads((extra_assets(saved_model) / METADATA_FILE).read_text())
