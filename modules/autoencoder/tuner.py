"""`tuner_fn` of the autoencoder's Tuner: minimises the holdout error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
from numpy.typing import NDArray

from modules import examples
from modules.autoencoder.trainer import train
from modules.hparams import AutoencoderParams
from modules.tuning import search
from modules.tuning.study import Inputs, Objective, Study, require_holdout

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

OBJECTIVE = Objective(
    name="holdout_loss",
    direction="min",
    title="mean squared error of node 3, pixels in [0, 1]",
)
_BATCH = 500


def squared_errors(
    model: keras.Model, pixels: np.ndarray
) -> NDArray[np.float64]:
    """Each image's mean squared error of node 3, pixels in [0, 1].

    Args:
      model: the autoencoder, uint8 pixels to node 3.
      pixels: uint8 [N, S, S, 3].
    """
    errors = []
    for start in range(0, len(pixels), _BATCH):
        batch = pixels[start : start + _BATCH]
        error = model.predict_on_batch(batch) - batch.astype(np.float32) / 255
        errors.append(np.square(error, dtype=np.float64).mean(axis=(1, 2, 3)))
    return np.concatenate(errors)


def study(inputs: Inputs) -> Study:
    """The autoencoder's search; see `modules.tuning.search`.

    Raises:
      UserError: if there are no images to train on or to judge by.
    """
    config = inputs.custom_config
    images = examples.load_split(
        inputs.train_files, config["image_size"], sampled_only=True
    )
    require_holdout(images)
    kept = images.pixels[images.sampled & ~images.holdout]
    held = images.pixels[images.holdout]

    def trial(
        params: AutoencoderParams,
        directory: Path,
        callbacks: Sequence[keras.callbacks.Callback],
    ) -> None:
        train(
            kept,
            params,
            seed=config["seed"],
            model_run_dir=str(directory),
            extra_callbacks=callbacks,
        )

    return Study(
        model="autoencoder",
        params=AutoencoderParams.from_dict(config["hparams"]),
        objective=OBJECTIVE,
        holdout_images=len(held),
        train=trial,
        contributions=lambda model: squared_errors(model, held),
        weights=np.full(len(held), 1 / len(held)),
    )


def tuner_fn(fn_args: FnArgs) -> search.Plan:
    """The search, or the current values; called by TFX's Tuner."""
    return search.plan(__name__, AutoencoderParams, fn_args)
