"""The trained Keras model's predictions, the reference for the export."""

from __future__ import annotations

import dataclasses

import keras
import numpy as np
from numpy.typing import NDArray

# Registers the layers that the native file names.
import modules.layers  # noqa: F401
from modules.classifier import test_time
from modules.classifier.export import CLASSIFIER_FILE, ENCODER_FILE
from modules.common.errors import UserError
from modules.export import metadata


@dataclasses.dataclass(frozen=True)
class Reference:
    """The predictions of the trained model.

    Attributes:
      class_names: the classes in label order.
      probabilities: float32 [N, classes].
      embedding: node 2, float32 [N, ...].
    """

    class_names: tuple[str, ...]
    probabilities: NDArray[np.float32]
    embedding: NDArray[np.float32]


def answer(saved_model: str, pixels: NDArray[np.uint8]) -> Reference:
    """Asks the native Keras model that lies beside a SavedModel.

    Args:
      saved_model: a classifier's directory, with its `assets.extra`.
      pixels: uint8 [N, H, W, 3].

    Raises:
      UserError: if there is no native model.
    """
    description = _description(saved_model)
    model = keras.saving.load_model(
        metadata.extra_assets(saved_model) / CLASSIFIER_FILE, compile=False
    )
    with keras.device("cpu:0"):
        logits = test_time.average(
            model, pixels, description.test_time_augmentation
        )
        embedding = _encoder(saved_model, model)(pixels)
        probabilities = keras.ops.softmax(logits / description.temperature)
    return Reference(
        class_names=description.class_names,
        probabilities=keras.ops.convert_to_numpy(probabilities),
        embedding=keras.ops.convert_to_numpy(embedding),
    )


def _encoder(saved_model: str, classifier: keras.Model) -> keras.Model:
    """Of the node 2 that is served."""
    path = metadata.extra_assets(saved_model) / ENCODER_FILE
    if path.is_file():
        return keras.saving.load_model(path, compile=False)
    return classifier.get_layer("encoder")


def _description(saved_model: str) -> metadata.ModelDescription:
    description = metadata.read(saved_model)
    path = metadata.extra_assets(saved_model)
    if not (path / CLASSIFIER_FILE).is_file():
        raise UserError(
            f"{path} contains no {CLASSIFIER_FILE}; expected a classifier "
            "exported by this pipeline. Give its directory."
        )
    return description
