"""The autoencoder's two halves as Keras models."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from modules.autoencoder.whitening import whitening_filters
from modules.hparams import AutoencoderParams


def build_encoder(params: AutoencoderParams, image_size: int) -> keras.Model:
    """Pixels to node 2: one convolution (node 1) and its GELU.

    Input: uint8 [N, image_size, image_size, 3].
    Output: float32 [N, image_size, image_size, hidden_channels].
    """
    pixels = keras.Input((image_size, image_size, 3), dtype="uint8")
    x = layers.Rescaling(1 / 255)(pixels)
    x = layers.Conv2D(
        params.hidden_channels, params.kernel, padding="same", name="node_1"
    )(x)
    hidden = layers.Activation("gelu", name="node_2")(x)
    return keras.Model(pixels, hidden, name="encoder")


def build_decoder(
    params: AutoencoderParams, hidden_shape: tuple[int, ...]
) -> keras.Model:
    """Node 2 to node 3, linear as in the classical autoencoder.

    Input: float32 [N, *hidden_shape]. Output: float32 [N, H, W, 3], the
    reconstruction in units of the full pixel range, not clipped to [0, 1].
    """
    hidden = keras.Input(hidden_shape)
    image = layers.Conv2D(
        3, params.kernel, padding="same", dtype="float32", name="node_3"
    )(hidden)
    return keras.Model(hidden, image, name="decoder")


def build_autoencoder(
    params: AutoencoderParams, image_size: int
) -> tuple[keras.Model, keras.Model, keras.Model]:
    """The autoencoder with its encoder and decoder, which share its weights.

    Returns:
      (autoencoder: pixels to node 3, encoder, decoder).
    """
    encoder = build_encoder(params, image_size)
    decoder = build_decoder(params, encoder.output_shape[1:])
    pixels = keras.Input((image_size, image_size, 3), dtype="uint8")
    reconstruction = decoder(encoder(pixels))
    model = keras.Model(pixels, reconstruction, name="autoencoder")
    return model, encoder, decoder


def start_white(
    encoder: keras.Model, params: AutoencoderParams, pixels: np.ndarray
) -> None:
    """Sets node 1 to whiten the patches of `pixels`, uint8 [N, S, S, 3]."""
    filters = whitening_filters(
        pixels,
        kernel=params.kernel,
        channels=params.hidden_channels,
        epsilon=params.whitening_epsilon,
    )
    encoder.get_layer("node_1").set_weights(filters)
