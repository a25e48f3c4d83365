"""`run_fn` of the classifier's Trainer: a CNN on the trained autoencoder."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

import keras
import numpy as np

from modules import examples
from modules.autoencoder.export import load_encoder_decoder
from modules.classifier import calibration, network
from modules.classifier.export import export_classifier
from modules.classifier.fitting import train
from modules.common.errors import UserError
from modules.export.metadata import ModelDescription
from modules.hparams import ClassifierParams
from modules.multi_worker import mirrored, worker
from modules.multi_worker.machines import Machines
from modules.stored_pixels import subset
from modules.training import precision
from modules.training.callbacks import RequireFinite
from modules.training.resume import Checkpoints

if TYPE_CHECKING:
    from tfx.components.trainer.fn_args_utils import FnArgs

APART = ("fine_tuned", "random")
"""Modes in which the classifier's encoder is no longer the autoencoder's."""


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
    params = ClassifierParams.from_dict(config["hparams"])
    params = precision.resolved(params.with_overrides(fn_args.hyperparameters))
    machines = Machines.of(os.environ if params.distribute else {})
    leads = bool(machines.addresses) and not mirrored.strategy()
    if leads:
        machines.require_first()
        machines.require_equal_parts(params.batch_size)
    checkpoints = Checkpoints(config.get("checkpoints"), config["code_digest"])
    encoder, decoder = load_encoder_decoder(fn_args.base_model)
    images = examples.load_split(
        fn_args.train_files,
        config["image_size"],
        sampled_only=True,
        spill=fn_args.model_run_dir,
    )
    kept_out = calibration.calibration_rows(
        images.labels, images.holdout, params.calibration_share
    )
    training = images.sampled & ~kept_out
    pixels = subset(images.pixels, training)
    held_out = images.pixels[kept_out], images.labels[kept_out]
    if leads:
        classifier, decoder, files = worker.lead(__name__, fn_args)
        checkpoints.adopt(files)
    else:
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
    if mirrored.strategy():
        directory = fn_args.model_run_dir
        worker.hand_over(directory, classifier, decoder, checkpoints.files)
        return
    description = ModelDescription.from_dict(config["metadata"])
    if params.encoder not in APART:
        encoder = classifier.get_layer(network.ENCODER)
    _export(
        classifier,
        encoder,
        decoder,
        params,
        held_out,
        fn_args,
        description.with_capped(images.left_out),
        checkpoints,
    )


def _export(
    classifier: keras.Model,
    encoder: keras.Model,
    decoder: keras.Model,
    params: ClassifierParams,
    held_out: tuple[np.ndarray, np.ndarray],
    fn_args: FnArgs,
    description: ModelDescription,
    checkpoints: Checkpoints,
) -> None:
    """Exports the classifier with the autoencoder, and with a temperature.

    Args:
      classifier: trained.
      encoder: pixels to the node 2 that is served.
      decoder: its own: of the autoencoder, or as joint training left it.
      params: what was trained, and how.
      held_out: pixels and labels that the temperature is fitted to.
      fn_args: of `run_fn`.
      description: of the classifier, without what is found here.
      checkpoints: of the training; removed once all is exported.
    """
    temperature = calibration.calibrate(
        classifier, *held_out, params.test_time_augmentation
    )
    description = dataclasses.replace(
        description,
        test_time_augmentation=params.test_time_augmentation,
        temperature=temperature,
        training_precision=params.precision,
        encoder=params.encoder,
    )
    export_classifier(
        classifier, encoder, decoder, fn_args.serving_model_dir, description
    )
    checkpoints.remove()
