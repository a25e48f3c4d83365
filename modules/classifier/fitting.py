"""Training the classifier: a CNN on the trained autoencoder, in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeGuard

import keras
import numpy as np
import tensorflow as tf

from modules.classifier import network, objective
from modules.classifier.float32 import in_float32
from modules.hparams import ClassifierParams
from modules.multi_worker import mirrored
from modules.stored_pixels import Pixels, StoredPixels
from modules.training import bank, batches, callbacks, devices, precision
from modules.training.lookahead import Lookahead
from modules.training.resume import NONE, Checkpoints
from modules.training.watching import HoldoutAccuracy


def train(
    pixels: Pixels,
    labels: np.ndarray,
    encoder: keras.Model,
    params: ClassifierParams,
    *,
    num_classes: int,
    seed: int,
    model_run_dir: str | None,
    decoder: keras.Model | None = None,
    extra_callbacks: Sequence[keras.callbacks.Callback] = (),
    holdout: tuple[np.ndarray, np.ndarray] | None = None,
    checkpoints: Checkpoints = NONE,
) -> keras.Model:
    """Trains on pixels uint8 [N, S, S, 3] and labels int64 [N].

    The priors of the loss are the class shares of `labels`.

    Args:
      pixels: the images, in memory or in a file; from a file, they are not
        kept on the device that trains.
      labels: their classes.
      encoder: of the trained autoencoder; a copy of it is used.
      params: what is trained, and how.
      num_classes: the number of logits.
      seed: initial weights and batches follow from it.
      model_run_dir: where curves and checkpoints go; None writes none.
      decoder: node 2 to node 3; `joint` needs it, and trains it in place.
      extra_callbacks: run beside those of every training.
      holdout: pixels and labels on which the accuracy is measured after each
        epoch, for the curves.
      checkpoints: what a killed training goes on from.

    Returns:
      The classifier, float32, pixels to logits; its layer `encoder` is the
      encoder as this training left it.
    """
    params = precision.resolved(params)
    checkpoint = checkpoints.of(
        *(params, num_classes, seed, pixels, labels, encoder.get_weights()),
        decoder.get_weights() if decoder else None,
    )
    keras.utils.set_random_seed(seed)
    dataset, steps = _batches(pixels, labels, params, seed, checkpoint.epoch)
    total_steps = batches.total_steps(steps, params.epochs)
    counts = np.bincount(labels, minlength=num_classes)
    strategy = devices.strategy(params.distribute)
    with strategy.scope():
        classifier = network.build_classifier(
            network.prepare_encoder(encoder, params), params, num_classes, seed
        )
        model, own_decoder = _trained_model(classifier, decoder, params)
        model = _compiled(model, pixels, params, counts, total_steps)
    used = [
        *extra_callbacks,
        *([HoldoutAccuracy(classifier, *holdout)] if holdout else []),
        *([Lookahead(total_steps)] if params.lookahead else []),
        *callbacks.training_callbacks(
            "classifier",
            classifier,
            model_run_dir,
            min(params.batch_size, len(pixels)),
            total_steps,
            _cheap(params, pixels.shape[1], total_steps),
        ),
    ]
    epochs = math.ceil(params.epochs)
    model.fit(
        mirrored.shared(dataset.map(objective.targets(params, counts))),
        initial_epoch=checkpoint.epoch,
        epochs=epochs,
        steps_per_epoch=steps,
        verbose=0,
        callbacks=[*used, *checkpoint.callback(used, steps, epochs)],
    )
    if decoder is not None and own_decoder is not None:
        decoder.set_weights(own_decoder.get_weights())
    classifier = in_float32(classifier, params, num_classes, seed)
    return mirrored.alone(classifier)


def _augmentation(params: ClassifierParams) -> batches.Augmentation:
    return batches.Augmentation(
        params.crop_padding,
        flip=params.flip,
        cutout=params.cutout,
        initial_crop=params.initial_crop,
        initial_share=params.initial_share,
    )


def _cheap(
    params: ClassifierParams, size: int, total_steps: int
) -> tuple[int, float]:
    """How many steps see crops, and their cost beside those of whole images.

    By the pixels that they see, which is a little more than what is measured.
    """
    steps = _augmentation(params).crop_steps(total_steps)
    return steps, (params.initial_crop / size) ** 2 if steps else 1.0


def _batches(
    pixels: Pixels,
    labels: np.ndarray,
    params: ClassifierParams,
    seed: int,
    first_epoch: int,
) -> tuple[tf.data.Dataset, int]:
    """The batches from a given epoch on, and the steps per epoch."""
    return batches.training_batches(
        pixels,
        labels,
        batch_size=params.batch_size,
        epochs=params.epochs,
        seed=seed,
        augmentation=_augmentation(params),
        balanced=params.imbalance == "oversampling",
        in_bank=_in_bank(pixels, params),
        first_epoch=first_epoch,
    )


def _in_bank(pixels: Pixels, params: ClassifierParams) -> TypeGuard[np.ndarray]:
    """Whether the images are kept on the device that trains."""
    return params.data_on_device and not isinstance(pixels, StoredPixels)


def _compiled(
    model: keras.Model,
    pixels: Pixels,
    params: ClassifierParams,
    counts: np.ndarray,
    total_steps: int,
) -> keras.Model:
    """The compiled model, which reads from an image bank if configured."""
    if _in_bank(pixels, params):
        images = bank.image_bank(pixels, _augmentation(params))
        model = bank.from_bank(model, images)
    model = mirrored.trainable(model)
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    # Without XLA, JAX would run a step operation by operation.
    compiled = params.jit_compile or keras.backend.backend() == "jax"
    model.compile(
        objective.optimizer(params, total_steps),
        # Keras cannot compile a step that is spread over devices.
        jit_compile=compiled and replicas == 1,
        **objective.losses(params, counts),
    )
    return model


def _trained_model(
    classifier: keras.Model,
    decoder: keras.Model | None,
    params: ClassifierParams,
) -> tuple[keras.Model, keras.Model | None]:
    """The model that `fit` trains, and its copy of the decoder, if any.

    Raises:
      ValueError: if the mode needs a decoder and there is none.
    """
    if params.encoder != "joint":
        crops = params.initial_crop
        return network.of_any_size(classifier) if crops else classifier, None
    if decoder is None:
        raise ValueError("the encoder mode 'joint' needs the decoder.")
    own = keras.models.clone_model(decoder)
    own.set_weights(decoder.get_weights())
    return network.with_reconstruction(classifier, own), own
