"""`run_fn` of the autoencoder's Trainer: sampled images, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

from modules import examples
from modules.autoencoder import network
from modules.autoencoder.export import export_autoencoder
from modules.hparams import AutoencoderParams
from modules.layers import Triangular
from modules.training import batches, callbacks

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs


def train(
    pixels: np.ndarray,
    params: AutoencoderParams,
    *,
    seed: int,
    model_run_dir: str,
    extra_callbacks: Sequence[keras.callbacks.Callback] = (),
) -> tuple[keras.Model, keras.Model]:
    """Trains on pixels uint8 [N, S, S, 3].

    Returns:
      The trained encoder and decoder.
    """
    keras.utils.set_random_seed(seed)
    model, encoder, decoder = network.build_autoencoder(params, pixels.shape[1])
    network.start_white(encoder, params, pixels)
    dataset, steps = batches.training_batches(
        pixels,
        np.zeros(len(pixels), np.int64),
        batch_size=params.batch_size,
        epochs=params.epochs,
        seed=seed,
    )
    total_steps = steps * params.epochs
    model.compile(
        keras.optimizers.Adam(Triangular(params.learning_rate, total_steps)),
        loss="mean_squared_error",
    )
    model.fit(
        dataset.map(lambda x, _: (x, tf.cast(x, tf.float32) / 255)),
        epochs=params.epochs,
        steps_per_epoch=steps,
        verbose=0,
        callbacks=[
            *extra_callbacks,
            *callbacks.training_callbacks(
                "autoencoder", model_run_dir, params.batch_size, total_steps
            ),
        ],
    )
    return encoder, decoder


def run_fn(fn_args: FnArgs) -> None:
    """Trains the autoencoder and exports it; called by TFX's Trainer.

    `custom_config` holds `hparams` (of `AutoencoderParams`), `seed`,
    `image_size` and `metadata` (becomes `assets.extra/model.json`);
    `hyperparameters` is what the Tuner puts over the first.
    """
    config = fn_args.custom_config
    images = examples.load_split(fn_args.train_files, config["image_size"])
    encoder, decoder = train(
        images.pixels[images.sampled],
        AutoencoderParams.from_dict(config["hparams"]).overlaid(
            fn_args.hyperparameters
        ),
        seed=config["seed"],
        model_run_dir=fn_args.model_run_dir,
    )
    export_autoencoder(
        encoder, decoder, fn_args.serving_model_dir, config["metadata"]
    )
