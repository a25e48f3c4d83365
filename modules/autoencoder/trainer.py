"""`run_fn` of the autoencoder's Trainer: sampled images, without labels.

So images that have no label are as good; see `pipeline/nodes.py`.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import keras

from modules import examples
from modules.autoencoder import network
from modules.autoencoder.export import export_autoencoder
from modules.autoencoder.fitting import fit_reconstruction
from modules.export.metadata import ModelDescription
from modules.hparams import AutoencoderParams
from modules.stored_pixels import Pixels
from modules.training.batches import Augmentation, mean_colour
from modules.training.callbacks import TENSORBOARD, RequireFinite
from modules.training.corruption import Corrupt
from modules.training.resume import NONE, Checkpoints
from modules.training.watching import Reconstructions

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

CROP_PADDING = 2  # Pixels; of the optional augmentation.
SHOWN = 10  # Images whose reconstructions TensorBoard shows.


def train(
    pixels: Pixels,
    params: AutoencoderParams,
    *,
    seed: int,
    model_run_dir: str | None,
    extra_callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoints: Checkpoints = NONE,
) -> tuple[keras.Model, keras.Model]:
    """Trains on pixels uint8 [N, S, S, 3].

    Args:
      pixels: the images, in memory or in a file.
      params: the networks and the schedule.
      seed: initial weights and batches follow from it.
      model_run_dir: where curves and checkpoints go; None writes none.
      extra_callbacks: run beside those of every training.
      checkpoints: what a killed training goes on from.

    Returns:
      The trained encoder and decoder.
    """
    keras.utils.set_random_seed(seed)
    model, encoder, decoder = network.build_autoencoder(params, pixels.shape[1])
    if network.whitens(params):
        network.init_whitening(encoder, params, pixels)
    if params.architecture == "whitening" and params.invert:
        network.init_unwhitening(encoder, decoder, params, pixels)
    fit_reconstruction(
        model,
        pixels,
        epochs=params.epochs,
        batch_size=params.batch_size,
        learning_rate=params.learning_rate,
        seed=seed,
        stage="autoencoder",
        model_run_dir=model_run_dir,
        augmentation=(
            Augmentation(CROP_PADDING, flip=True)
            if params.augment
            else Augmentation()
        ),
        corrupt=Corrupt(
            kind=params.corruption,
            strength=params.corruption_strength,
            patch=params.corruption_patch,
            seed=seed,
            colour=(
                tuple(mean_colour(pixels).tolist())
                if params.corruption == "masking"
                else (0, 0, 0)
            ),
        ),
        extra_callbacks=extra_callbacks,
        checkpoints=checkpoints,
    )
    return encoder, decoder


def run_fn(fn_args: FnArgs) -> None:
    """Trains the autoencoder and exports it; called by TFX's Trainer.

    `custom_config` holds `hparams` (of `AutoencoderParams`), `seed`,
    `image_size`, `metadata` (becomes `assets.extra/model.json`), `code_digest`
    and `checkpoints`, the directory for those of a killed training, or None;
    `hyperparameters` is what the Tuner puts over the first.
    """
    config = fn_args.custom_config
    checkpoints = Checkpoints(config.get("checkpoints"), config["code_digest"])
    images = examples.load_split(
        fn_args.train_files,
        config["image_size"],
        sampled_only=True,
        spill=fn_args.model_run_dir,
    )
    pixels = images.pixels
    encoder, decoder = train(
        pixels,
        AutoencoderParams.from_dict(config["hparams"]).with_overrides(
            fn_args.hyperparameters
        ),
        seed=config["seed"],
        model_run_dir=fn_args.model_run_dir,
        extra_callbacks=[
            RequireFinite("autoencoder"),
            Reconstructions(
                pathlib.Path(fn_args.model_run_dir, TENSORBOARD),
                pixels[:SHOWN],
            ),
        ],
        checkpoints=checkpoints,
    )
    description = ModelDescription.from_dict(config["metadata"])
    export_autoencoder(
        encoder,
        decoder,
        fn_args.serving_model_dir,
        description.with_capped(images.left_out),
    )
    checkpoints.remove()
