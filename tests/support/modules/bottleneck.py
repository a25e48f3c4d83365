"""A small autoencoder with a bottleneck, images for it, and what moved."""

import keras
import numpy as np

from modules.autoencoder.network import build_autoencoder
from modules.hparams import AutoencoderParams

SIZE, COUNT = 16, 12
PIXELS = np.random.default_rng(0).integers(
    0, 256, (COUNT, SIZE, SIZE, 3), np.uint8
)
BOTTLENECK = AutoencoderParams(
    architecture="bottleneck", widths=(4, 5), hidden_channels=6
)


def encoder_decoder():
    """Untrained, and not as the training would draw them."""
    keras.utils.set_random_seed(1)
    _, encoder, decoder = build_autoencoder(BOTTLENECK, SIZE)
    return encoder, decoder


def moved(before, after, what=lambda layer: layer.name):
    """Names of the layers that differ between two copies of a model."""
    return {
        what(layer)
        for layer, other in zip(before.layers, after.layers, strict=True)
        if any(
            not np.array_equal(a, b)
            for a, b in zip(
                layer.get_weights(), other.get_weights(), strict=True
            )
        )
    }
