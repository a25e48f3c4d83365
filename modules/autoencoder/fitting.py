"""Trains an autoencoder to reconstruct its input, by mean squared error."""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from modules.layers import Triangular
from modules.stored_pixels import Pixels
from modules.training import batches, callbacks
from modules.training.corruption import CLEAN, Corrupt
from modules.training.resume import NONE, Checkpoints

Batch = tuple[tf.Tensor, tf.Tensor]


def fit_reconstruction(
    model: keras.Model,
    pixels: Pixels,
    *,
    epochs: float,
    batch_size: int,
    learning_rate: float,
    seed: int,
    stage: str,
    model_run_dir: str | None,
    augmentation: batches.Augmentation,
    corrupt: Corrupt = CLEAN,
    extra_callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoints: Checkpoints = NONE,
) -> None:
    """Trains the trainable weights of `model` on pixels uint8 [N, S, S, 3].

    The target is the image after its augmentation and before its corruption, in
    [0, 1].
    """
    checkpoint = checkpoints.of(
        *(stage, epochs, batch_size, learning_rate, seed, augmentation),
        *(corrupt, pixels, model.get_weights()),
    )
    dataset, steps = batches.training_batches(
        pixels,
        np.zeros(len(pixels), np.int64),
        batch_size=batch_size,
        epochs=epochs,
        seed=seed,
        augmentation=augmentation,
        first_epoch=checkpoint.epoch,
    )
    total_steps = batches.total_steps(steps, epochs)
    model.compile(
        keras.optimizers.Adam(Triangular(learning_rate, total_steps)),
        loss="mean_squared_error",
    )
    used = [
        *extra_callbacks,
        *callbacks.training_callbacks(
            stage,
            model,
            model_run_dir,
            min(batch_size, len(pixels)),
            total_steps,
        ),
    ]

    def with_target(step: tf.Tensor, batch: Batch) -> Batch:
        image, _ = batch
        return corrupt(image, step), tf.cast(image, tf.float32) / 255

    model.fit(
        dataset.enumerate(checkpoint.epoch * steps).map(
            with_target, tf.data.AUTOTUNE, deterministic=True
        ),
        initial_epoch=checkpoint.epoch,
        epochs=math.ceil(epochs),
        steps_per_epoch=steps,
        verbose=0,
        callbacks=[
            *used,
            *checkpoint.callback(used, steps, math.ceil(epochs)),
        ],
    )
