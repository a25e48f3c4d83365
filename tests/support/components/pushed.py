"""Pushed versions without a model in them."""

import json

from components.pusher.comparison import Comparison
from modules.common import manifest


def add(directory, version, digest, baseline="", *, worse=False):
    """Makes a version as Pusher does."""
    saved_model = directory / version
    (saved_model / "assets.extra").mkdir(parents=True)
    (saved_model / "saved_model.pb").write_text(f"graph {version}")
    info = {
        "class_names": ["cat"],
        "capped_classes": [],
        "lineage": {"model_digest": digest},
    }
    (saved_model / "assets.extra" / "model.json").write_text(json.dumps(info))
    Comparison(baseline, worse).write(saved_model)
    manifest.write(saved_model)
