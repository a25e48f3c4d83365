"""`run_fn` of the classifier's Trainer: a CNN on the trained autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

from modules import examples
from modules.autoencoder.export import load_halves
from modules.classifier import network
from modules.classifier.export import export_classifier
from modules.errors import UserError
from modules.hparams import ClassifierParams
from modules.layers import LogitAdjustedCrossentropy, Triangular
from modules.training import batches, callbacks

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

FINAL_LEARNING_RATE = 0.07


def train(
    pixels: np.ndarray,
    labels: np.ndarray,
    encoder: keras.Model,
    params: ClassifierParams,
    *,
    num_classes: int,
    seed: int,
    model_run_dir: str,
    extra_callbacks: Sequence[keras.callbacks.Callback] = (),
) -> keras.Model:
    """Trains on pixels uint8 [N, S, S, 3] and labels int64 [N].

    The priors of the loss are the class shares of `labels`.

    Returns:
      The classifier, pixels to logits; the encoder in it is unchanged.
    """
    keras.utils.set_random_seed(seed)
    model = network.build_classifier(encoder, params, num_classes, seed)
    dataset, steps = batches.training_batches(
        pixels,
        labels,
        batch_size=params.batch_size,
        epochs=params.epochs,
        seed=seed,
        augmentation=batches.Augmentation(params.crop_padding, flip=True),
    )
    total_steps = steps * params.epochs
    rate = Triangular(
        params.learning_rate, total_steps, end=FINAL_LEARNING_RATE
    )
    model.compile(
        keras.optimizers.SGD(
            rate,
            params.momentum,
            nesterov=True,
            weight_decay=params.weight_decay,
        ),
        LogitAdjustedCrossentropy(
            np.bincount(labels, minlength=num_classes).tolist(),
            tau=params.logit_adjustment,
            label_smoothing=params.label_smoothing,
        ),
        metrics=["accuracy"],
    )
    model.fit(
        dataset,
        epochs=params.epochs,
        steps_per_epoch=steps,
        verbose=0,
        callbacks=[
            *extra_callbacks,
            *callbacks.training_callbacks(
                "classifier", model_run_dir, params.batch_size, total_steps
            ),
        ],
    )
    return model


def run_fn(fn_args: FnArgs) -> None:
    """Trains the classifier and exports it; called by TFX's Trainer.

    `base_model` is the autoencoder's SavedModel. `custom_config` holds
    `hparams` (of `ClassifierParams`), `seed`, `image_size` and `metadata`
    (becomes `assets.extra/model.json`; its `class_names` give the labels);
    `hyperparameters` is what the Tuner puts over the first.

    Raises:
      UserError: if no autoencoder was handed over.
    """
    config = fn_args.custom_config
    if not fn_args.base_model:
        raise UserError(
            "the classifier's Trainer got no base_model; it expects the "
            "autoencoder's model artifact."
        )
    encoder, decoder = load_halves(fn_args.base_model)
    images = examples.load_split(fn_args.train_files, config["image_size"])
    params = ClassifierParams.from_dict(config["hparams"])
    params = params.overlaid(fn_args.hyperparameters)
    classifier = train(
        images.pixels[images.sampled],
        images.labels[images.sampled],
        encoder,
        params,
        num_classes=len(config["metadata"]["class_names"]),
        seed=config["seed"],
        model_run_dir=fn_args.model_run_dir,
    )
    export_classifier(
        classifier,
        encoder,
        decoder,
        fn_args.serving_model_dir,
        description=config["metadata"],
        mirror=params.mirror_at_serving,
    )
