"""Pushed versions without a model in them."""

import json

from components.pusher.comparison import Comparison
from modules.common import manifest


def add(directory, version, digest, baseline="", *, worse=False):
    """Makes a version as Pusher does."""
    made = saved_model(directory / version, digest)
    Comparison(baseline, worse).write(made)
    manifest.write(made)


def saved_model(directory, digest, *, data_digest=""):
    """Makes what is pushed; returns `directory`."""
    (directory / "assets.extra").mkdir(parents=True)
    (directory / "saved_model.pb").write_text(f"graph {directory.name}")
    info = {
        "class_names": ["cat"],
        "capped_classes": [],
        "lineage": {"model_digest": digest, "data_digest": data_digest},
    }
    (directory / "assets.extra" / "model.json").write_text(json.dumps(info))
    return directory
