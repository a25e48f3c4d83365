"""Pusher's executor: pushes the model if all its blessings are present."""

from __future__ import annotations

import json
import logging
import pathlib
from typing import Any

from tfx.components.util import model_utils
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import Artifact, artifact_utils
from tfx.utils import path_utils

from components.pusher import model_card
from components.pusher.comparison import BASELINE, WORSE, Comparison
from components.pusher.push import push
from components.pusher.versions import serving_directory
from modules.common import manifest
from modules.data_profile import summary as profile_summary
from modules.data_profile import verdict
from modules.evaluation import evaluations
from modules.export import metadata

BLESSINGS = {
    "model_blessing": "the classifier did not pass its gate",
    "autoencoder_blessing": "the autoencoder did not pass its gate",
    "infra_blessing": "the exported model did not pass the serving check",
}
"""Each blessing that is asked for where given, and what its lack means."""

OUTCOME = "push.json"
"""The file in the `pushed_model` artifact that says what happened: a JSON
object with `destination`, "" if nothing was pushed, and `refused`, the lacking
`BLESSINGS` with their reasons."""


def why_not_there(pushed_model: Artifact, push_destination: str) -> str | None:
    """Why what was pushed is not in the destination any more, if so.

    Args:
      pushed_model: of an earlier execution.
      push_destination: where one now would push to.
    """
    pushed_to = pushed_model.get_string_custom_property("pushed_destination")
    if not pushed_to:
        return None
    version = pathlib.Path(pushed_to)
    if version.parent != pathlib.Path(push_destination):
        return f"it was pushed to {version.parent}, not {push_destination}"
    if not version.is_dir():
        return f"version {version.name} is not in {version.parent} any more"
    if problems := manifest.verify(version):
        return f"in the pushed version {version}, {problems[0]}"
    return None


class Executor(BaseExecutor):
    """Pushes the model, or records why not."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Pushes the model if every given blessing is one.

        Args:
          input_dict: `model`, some of `BLESSINGS`, and for the model's card
            `classifier_evaluation` and `autoencoder_evaluation`, or neither;
            perhaps `data_profile`.
          output_dict: `pushed_model`.
          exec_properties: `push_destination`, a directory.
        """
        refused = _refusals(input_dict)
        version: pathlib.Path | None = None
        if not refused:
            version = push(
                _model_to_push(input_dict),
                serving_directory(exec_properties["push_destination"]),
                _comparison(input_dict["model_blessing"]),
                _card(input_dict),
                _profile(input_dict),
            )
        _record(output_dict["pushed_model"][0], version, refused)


def _model_to_push(inputs: dict[str, list[Artifact]]) -> pathlib.Path:
    """The model with warm-up requests, if the infra blessing has one."""
    for blessing in inputs.get("infra_blessing", []):
        if blessing.get_int_custom_property("has_model") == 1:
            return pathlib.Path(path_utils.stamped_model_path(blessing.uri))
    model = artifact_utils.get_single_instance(inputs["model"])
    return pathlib.Path(path_utils.serving_model_path(model.uri))


def _card(inputs: dict[str, list[Artifact]]) -> str:
    """The model's card; "" where its evaluations are not handed over."""
    keys = "classifier_evaluation", "autoencoder_evaluation"
    if not all(inputs.get(key) for key in keys):
        return ""
    model = artifact_utils.get_single_uri(inputs["model"])
    description = metadata.read(path_utils.serving_model_path(model))
    classifier, autoencoder = (
        evaluations.load(
            artifact_utils.get_single_uri(inputs[key]),
            description.class_names,
        )
        for key in keys
    )
    profile = _profile(inputs)
    return model_card.card(
        description,
        classifier,
        autoencoder,
        profile_summary.read_all(profile) if profile else {},
        verdict.read(profile) if profile else None,
    )


def _profile(inputs: dict[str, list[Artifact]]) -> pathlib.Path | None:
    """The profile of the data, where it is handed over."""
    profile = inputs.get("data_profile")
    return (
        pathlib.Path(artifact_utils.get_single_uri(profile))
        if profile
        else None
    )


def _comparison(blessings: list[Artifact]) -> Comparison:
    """What the classifier's Evaluator says of the baseline."""
    blessing = artifact_utils.get_single_instance(blessings)
    return Comparison(
        blessing.get_string_custom_property(BASELINE),
        blessing.get_int_custom_property(WORSE) == 1,
    )


def _refusals(inputs: dict[str, list[Artifact]]) -> dict[str, str]:
    return {
        name: reason
        for name, reason in BLESSINGS.items()
        if any(
            not model_utils.is_model_blessed(blessing)
            for blessing in inputs.get(name, [])
        )
    }


def _record(
    pushed_model: Artifact,
    version: pathlib.Path | None,
    refused: dict[str, str],
) -> None:
    """Writes the outcome to the artifact: the stock properties, and a file."""
    pushed_model.set_int_custom_property("pushed", int(version is not None))
    if version is not None:
        logging.info("The model is pushed: %s.", version)
        pushed_model.set_string_custom_property(
            "pushed_destination", str(version)
        )
        pushed_model.set_string_custom_property("pushed_version", version.name)
    else:
        reason = "; ".join(refused.values())
        logging.warning("Pushed nothing: %s.", reason)
        pushed_model.set_string_custom_property("reason", reason)
    destination = "" if version is None else str(version)
    outcome = {"destination": destination, "refused": refused}
    directory = pathlib.Path(pushed_model.uri)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / OUTCOME).write_text(json.dumps(outcome, indent=2), "utf-8")
