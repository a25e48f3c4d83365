"""What training the classifier costs, in floating-point operations an image."""

from __future__ import annotations

from modules import flops
from modules.autoencoder import network as autoencoder_network
from modules.classifier import network
from modules.hparams import AutoencoderParams, ClassifierParams


def count(
    autoencoder: AutoencoderParams,
    params: ClassifierParams,
    image_size: int,
    num_classes: int,
) -> flops.Cost:
    """The cost of a prediction, and of training as a mean over all steps.

    Crops that training begins with cost less, by their share of the steps.
    """
    whole = _count(autoencoder, params, image_size, num_classes)
    if not params.initial_crop:
        return whole
    crop = _count(autoencoder, params, params.initial_crop, num_classes)
    share = params.initial_share
    training = share * crop.training + (1 - share) * whole.training
    return flops.Cost(whole.forward, round(training))


def _count(
    autoencoder: AutoencoderParams,
    params: ClassifierParams,
    image_size: int,
    num_classes: int,
) -> flops.Cost:
    _, encoder, decoder = autoencoder_network.build_autoencoder(
        autoencoder, image_size
    )
    model = network.build_classifier(
        network.prepare_encoder(encoder, params), params, num_classes, seed=0
    )
    if params.encoder == "joint":
        model = network.with_reconstruction(model, decoder)
    return flops.count(model)
