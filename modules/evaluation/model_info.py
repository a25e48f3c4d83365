"""What an exported model says about itself: `assets.extra/model.json`.

The Trainers write the file beside each SavedModel; Evaluators, BaselineModel
and Pusher read it. No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

from modules.common.errors import UserError

MODEL_JSON = pathlib.Path("assets.extra") / "model.json"


@dataclasses.dataclass(frozen=True)
class ModelInfo:
    """The part of model.json that the evaluation needs.

    Attributes:
      class_names: one a label.
      capped_classes: the classes whose training images were capped.
      capped_ids: the labels of those classes.
      model_digest: the digest of all that the model was made from.
      temperature: what the logits are divided by before the softmax.
    """

    class_names: tuple[str, ...]
    capped_classes: tuple[str, ...]
    capped_ids: tuple[int, ...]
    model_digest: str
    temperature: float


def read(saved_model: str | pathlib.Path) -> ModelInfo:
    """What the SavedModel directory `saved_model` says about itself.

    Raises:
      UserError: if the directory holds no model that this project exported.
    """
    path = pathlib.Path(saved_model)
    if not (path / "saved_model.pb").is_file():
        raise UserError(
            f"{path} holds no saved_model.pb; expected a model that this "
            "pipeline exported. Delete the directory, or move it away."
        )
    try:
        return _parse(json.loads((path / MODEL_JSON).read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path / MODEL_JSON} is not readable ({error!r}); expected a "
            "model that this pipeline exported. Delete the model's directory, "
            "or move it away."
        ) from error


def _parse(values: dict[str, Any]) -> ModelInfo:
    class_names = tuple(values["class_names"])
    labels = {name: label for label, name in enumerate(class_names)}
    capped = tuple(values["capped_classes"])
    return ModelInfo(
        class_names=class_names,
        capped_classes=capped,
        capped_ids=tuple(labels[name] for name in capped),
        model_digest=values["lineage"]["model_digest"],
        # A model that was exported before there was one has none.
        temperature=float(values.get("temperature", 1.0)),
    )
