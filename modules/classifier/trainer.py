"""`run_fn` of the classifier's Trainer: a CNN on the trained autoencoder."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf

from modules import examples
from modules.autoencoder.export import load_encoder_decoder
from modules.autoencoder.fitting import refit_decoder
from modules.classifier import calibration, network, objective
from modules.classifier.export import export_classifier
from modules.common.errors import UserError
from modules.export.metadata import ModelDescription
from modules.hparams import ClassifierParams
from modules.training import bank, batches, callbacks, devices
from modules.training.callbacks import RequireFinite
from modules.training.lookahead import Lookahead
from modules.training.resume import NONE, Checkpoints
from modules.training.watching import HoldoutAccuracy

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

MOVED = ("fine_tuned", "random")  # Encoders that their decoder no longer fits.


def train(
    pixels: np.ndarray,
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
      pixels: the images.
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
        ),
    ]
    epochs = math.ceil(params.epochs)
    model.fit(
        dataset.map(objective.targets(params, counts)),
        initial_epoch=checkpoint.epoch,
        epochs=epochs,
        steps_per_epoch=steps,
        verbose=0,
        callbacks=[*used, *checkpoint.callback(used, steps, epochs)],
    )
    if decoder is not None and own_decoder is not None:
        decoder.set_weights(own_decoder.get_weights())
    return _in_float32(classifier, params, num_classes, seed)


def _augmentation(params: ClassifierParams) -> batches.Augmentation:
    return batches.Augmentation(
        params.crop_padding, flip=True, cutout=params.cutout
    )


def _batches(
    pixels: np.ndarray,
    labels: np.ndarray,
    params: ClassifierParams,
    seed: int,
    first_epoch: int,
) -> tuple[tf.data.Dataset, int]:
    """The batches from an epoch on, and how many an epoch has."""
    return batches.training_batches(
        pixels,
        labels,
        batch_size=params.batch_size,
        epochs=params.epochs,
        seed=seed,
        augmentation=_augmentation(params),
        balanced=params.imbalance == "oversampling",
        in_bank=params.data_on_device,
        first_epoch=first_epoch,
    )


def _compiled(
    model: keras.Model,
    pixels: np.ndarray,
    params: ClassifierParams,
    counts: np.ndarray,
    total_steps: int,
) -> keras.Model:
    """The model as `fit` takes it, reading from an image bank if it is to."""
    if params.data_on_device:
        images = bank.image_bank(pixels, _augmentation(params))
        model = bank.from_bank(model, images)
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    model.compile(
        objective.optimizer(params, total_steps),
        # Keras cannot compile a step that is spread over devices.
        jit_compile=params.jit_compile and replicas == 1,
        **objective.losses(params, counts),
    )
    return model


def _trained_model(
    classifier: keras.Model,
    decoder: keras.Model | None,
    params: ClassifierParams,
) -> tuple[keras.Model, keras.Model | None]:
    """What `fit` trains, and the copy of the decoder in it, if there is one.

    Raises:
      ValueError: if the mode needs a decoder and there is none.
    """
    if params.encoder != "joint":
        return classifier, None
    if decoder is None:
        raise ValueError("the encoder mode 'joint' needs the decoder.")
    own = keras.models.clone_model(decoder)
    own.set_weights(decoder.get_weights())
    return network.with_reconstruction(classifier, own), own


def _in_float32(
    classifier: keras.Model,
    params: ClassifierParams,
    num_classes: int,
    seed: int,
) -> keras.Model:
    """The same weights in a model that computes in float32, to be served."""
    if params.precision == "float32":
        return classifier
    served = network.build_classifier(
        classifier.get_layer(network.ENCODER),
        dataclasses.replace(params, precision="float32"),
        num_classes,
        seed,
    )
    trained = classifier.get_layer(network.HEAD)
    served.get_layer(network.HEAD).set_weights(trained.get_weights())
    return served


def run_fn(fn_args: FnArgs) -> None:
    """Trains the classifier and exports it; called by TFX's Trainer.

    `base_model` is the autoencoder's SavedModel. `custom_config` holds
    `hparams` (of `ClassifierParams`), `seed`, `image_size`, `metadata`
    (becomes `assets.extra/model.json`; its `class_names` give the labels),
    `code_digest` and `checkpoints`, the directory for those of a killed
    training, or None;
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
    checkpoints = Checkpoints(config.get("checkpoints"), config["code_digest"])
    encoder, decoder = load_encoder_decoder(fn_args.base_model)
    images = examples.load_split(
        fn_args.train_files, config["image_size"], sampled_only=True
    )
    params = ClassifierParams.from_dict(config["hparams"])
    params = params.with_overrides(fn_args.hyperparameters)
    kept_out = calibration.calibration_rows(
        images.labels, images.holdout, params.calibration_share
    )
    training = images.sampled & ~kept_out
    pixels = images.pixels[training]
    held_out = images.pixels[kept_out], images.labels[kept_out]
    classifier = train(
        pixels,
        images.labels[training],
        encoder,
        params,
        num_classes=len(config["metadata"]["class_names"]),
        seed=config["seed"],
        model_run_dir=fn_args.model_run_dir,
        decoder=decoder,
        holdout=held_out if kept_out.any() else None,
        extra_callbacks=[RequireFinite("classifier")],
        checkpoints=checkpoints,
    )
    _export(
        classifier,
        decoder,
        params,
        pixels,
        held_out,
        fn_args,
        checkpoints,
    )


def _export(
    classifier: keras.Model,
    decoder: keras.Model,
    params: ClassifierParams,
    pixels: np.ndarray,
    held_out: tuple[np.ndarray, np.ndarray],
    fn_args: FnArgs,
    checkpoints: Checkpoints,
) -> None:
    """Exports the classifier with a decoder that fits it, and a temperature.

    Args:
      classifier: trained.
      decoder: of the autoencoder, as the training left it.
      params: what was trained, and how.
      pixels: what it was trained on; the decoder is refitted to them where the
        encoder has moved.
      held_out: pixels and labels that the temperature is fitted to.
      fn_args: of `run_fn`.
      checkpoints: of the refitted decoder; removed once all is exported.
    """
    config = fn_args.custom_config
    encoder = classifier.get_layer(network.ENCODER)
    if params.encoder in MOVED:
        refit_decoder(
            encoder,
            decoder,
            pixels,
            epochs=params.decoder_epochs,
            seed=config["seed"],
            checkpoints=checkpoints,
        )
    temperature = calibration.calibrate(
        classifier, *held_out, mirror=params.mirror_at_serving
    )
    description = dataclasses.replace(
        ModelDescription.from_dict(config["metadata"]),
        mirror_at_serving=params.mirror_at_serving,
        temperature=temperature,
    )
    export_classifier(
        classifier, encoder, decoder, fn_args.serving_model_dir, description
    )
    checkpoints.remove()
