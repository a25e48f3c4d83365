"""`tuner_fn` of the classifier's Tuner: maximises the holdout's mean recall."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray

from modules import examples
from modules.autoencoder.export import load_encoder_decoder
from modules.classifier.calibration import balanced_weights
from modules.classifier.fitting import train
from modules.common.errors import UserError
from modules.hparams import ClassifierParams
from modules.tuning import search
from modules.tuning.study import Inputs, Objective, Study, require_holdout

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

OBJECTIVE = Objective(
    name="holdout_accuracy",
    direction="max",
    title="accuracy, every class counting the same",
)
_BATCH = 500


def correct(
    model: keras.Model, pixels: np.ndarray, labels: np.ndarray
) -> NDArray[np.float64]:
    """Which images are classified correctly, 1 or 0; NaN if logits are not.

    They are weighted so that every class counts the same. The holdout has the
    training set's class shares and the test set has equal ones: plain accuracy
    would reward a model for taking rare classes for frequent ones, which is
    what the logit adjustment is there to stop.

    Args:
      model: what is trained, uint8 pixels to logits, or to `logits` and
        the reconstruction.
      pixels: uint8 [N, S, S, 3].
      labels: int64 [N].
    """
    predicted = np.concatenate(
        [
            _logits(model.predict_on_batch(pixels[start : start + _BATCH]))
            for start in range(0, len(pixels), _BATCH)
        ]
    )
    if not np.isfinite(predicted).all():
        return np.full(len(labels), np.nan)
    return (predicted.argmax(axis=1) == labels).astype(np.float64)


def _logits(outputs: np.ndarray | dict[str, np.ndarray]) -> np.ndarray:
    return outputs["logits"] if isinstance(outputs, dict) else outputs


def study(inputs: Inputs) -> Study:
    """The classifier's search; see `modules.tuning.search`.

    `custom_config` also holds `num_classes`.

    Raises:
      UserError: if there are no images to train on or to judge by, or there
        is no autoencoder.
    """
    config, autoencoder = inputs.custom_config, inputs.base_model
    if not autoencoder:
        raise UserError(
            "the classifier's Tuner got no base_model; it expects the "
            "autoencoder's model artifact."
        )
    images = examples.load_split(
        inputs.train_files, config["image_size"], sampled_only=True
    )
    require_holdout(images)
    mask = images.sampled & ~images.holdout
    kept = images.pixels[mask], images.labels[mask]
    held = images.pixels[images.holdout], images.labels[images.holdout]

    def trial(
        params: ClassifierParams,
        directory: Path,
        callbacks: Sequence[keras.callbacks.Callback],
    ) -> None:
        encoder, decoder = load_encoder_decoder(autoencoder)
        train(
            *kept,
            encoder,
            params,
            num_classes=config["num_classes"],
            seed=config["seed"],
            model_run_dir=str(directory),
            decoder=decoder,
            extra_callbacks=callbacks,
        )

    return Study(
        model="classifier",
        params=ClassifierParams.from_dict(config["hparams"]),
        objective=OBJECTIVE,
        holdout_images=len(held[1]),
        train=trial,
        contributions=lambda model: correct(model, *held),
        weights=balanced_weights(held[1]),
    )


def tuner_fn(fn_args: FnArgs) -> search.Plan:
    """The search, or the current values; called by TFX's Tuner."""
    return search.plan(__name__, ClassifierParams, fn_args)
