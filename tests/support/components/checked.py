"""Runs of ServingCheck, and of Pusher after it."""

import json

from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.pusher.executor import Executor as Pusher
from components.serving_check.executor import Executor
from tests.support.modules import exported


def model_artifact(directory):
    artifact = standard_artifacts.Model()
    artifact.uri = str(directory)
    exported.classifier(path_utils.serving_model_dir(artifact.uri))
    return artifact


def run(model, examples, directory):
    """Runs the executor; returns the blessing."""
    blessing = standard_artifacts.InfraBlessing()
    blessing.uri = str(directory / "blessing")
    inputs = {"model": [model], "examples": [examples]}
    Executor().Do(inputs, {"blessing": [blessing]}, {})
    return blessing


def push(model, infra_blessing, directory):
    """Runs Pusher where all else is blessed; returns what it says."""
    blessing = standard_artifacts.ModelBlessing()
    blessing.set_int_custom_property("blessed", 1)
    pushed = standard_artifacts.PushedModel()
    pushed.uri = str(directory / "pushed")
    Pusher().Do(
        {
            "model": [model],
            "model_blessing": [blessing],
            "autoencoder_blessing": [blessing],
            "infra_blessing": [infra_blessing],
        },
        {"pushed_model": [pushed]},
        {"push_destination": str(directory / "serving")},
    )
    return json.loads((directory / "pushed" / "push.json").read_text())
