"""The autoencoder's two halves as Keras models."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers

from modules.autoencoder.whitening import (
    unwhitening_filters,
    whitening_filters,
)
from modules.hparams import AutoencoderParams
from modules.layers import FusedGelu
from modules.stored_pixels import Pixels, mean_colour

VARIABLES = r"^(node|block)_\d"  # How paths of the variables below start.
_WHITENING = {"whitening": "node_1", "stacked": "block_0_whitening"}
"""The layer that is initialised by PCA, by architecture."""


def whitens(params: AutoencoderParams) -> bool:
    """Whether the encoder has a whitening layer."""
    return params.architecture in _WHITENING


def directions(params: AutoencoderParams) -> int:
    """Filters of the whitening layer; a stacked one has all, in both signs."""
    if params.architecture == "stacked":
        return 6 * params.kernel**2
    return params.hidden_channels


def build_encoder(params: AutoencoderParams, image_size: int) -> keras.Model:
    """Pixels to node 2.

    `whitening` is one convolution (node 1) and its GELU. `bottleneck` is
    blocks of convolution, batch normalisation, GELU and max-pooling (node 1),
    and a convolution to the few channels of node 2. `stacked` is a bottleneck
    on a whitening layer, which is not trained with it.

    Input: uint8 [N, image_size, image_size, 3].
    Output: float32 [N, S, S, hidden_channels], S being `image_size` divided by
    the stride of `whitening`, or halved by every block of a bottleneck.
    """
    pixels = keras.Input((image_size, image_size, 3), dtype="uint8")
    x = layers.Rescaling(1 / 255)(pixels)
    if params.architecture == "whitening":
        x = layers.Conv2D(
            params.hidden_channels,
            params.kernel,
            strides=params.stride,
            padding="same",
            name="node_1",
        )(x)
        hidden = FusedGelu(name="node_2")(x)
    else:
        if params.architecture == "stacked":
            x = layers.Conv2D(
                directions(params),
                params.kernel,
                padding="same",
                trainable=False,
                name=_WHITENING["stacked"],
            )(x)
            x = layers.Activation("gelu", name="block_0")(x)
        for block, width in enumerate(params.widths, 1):
            x = _convolution(x, width, f"block_{block}")
            x = layers.MaxPooling2D(name=f"block_{block}_pooling")(x)
        hidden = _convolution(x, params.hidden_channels, "node_2")
    return keras.Model(pixels, hidden, name="encoder")


def build_decoder(
    params: AutoencoderParams, hidden_shape: tuple[int, ...]
) -> keras.Model:
    """Node 2 to node 3, which is linear as in the classical autoencoder.

    `whitening` has nothing before node 3, which undoes its stride; the others
    mirror their encoder's blocks, with repetition where it pools.

    Input: float32 [N, *hidden_shape]. Output: float32 [N, H, W, 3], the
    reconstruction in units of the full pixel range, not clipped to [0, 1].
    """
    hidden = keras.Input(hidden_shape)
    x, kernel = hidden, params.kernel
    if params.architecture != "whitening":
        kernel = 3
        for block, width in reversed(list(enumerate(params.widths, 1))):
            x = _convolution(x, width, f"block_{block}")
            x = layers.UpSampling2D(name=f"block_{block}_repetition")(x)
    options = {"padding": "same", "dtype": "float32", "name": "node_3"}
    if params.architecture == "whitening" and params.stride > 1:
        node_3 = layers.Conv2DTranspose(3, kernel, params.stride, **options)
    else:
        node_3 = layers.Conv2D(3, kernel, **options)
    image = node_3(x)
    return keras.Model(hidden, image, name="decoder")


def _convolution(x: Any, width: int, name: str) -> Any:
    """Convolution, batch normalisation and GELU; the last one has the name.

    BN's momentum is low because a schedule has few steps: its default averages
    over more of them than an epoch has.
    """
    x = layers.Conv2D(
        width, 3, padding="same", use_bias=False, name=f"{name}_convolution"
    )(x)
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return layers.Activation("gelu", name=name)(x)


def freeze_blocks(encoder: keras.Model, count: int) -> None:
    """Freezes the first blocks of a bottleneck, and what it is stacked on.

    Their batch normalisation then uses the averages it has (Keras's rule for
    layers that are not trained).
    """
    for layer in encoder.layers:
        kind, *rest = layer.name.split("_")
        if kind == "block" and int(rest[0]) <= count:
            layer.trainable = False


def build_autoencoder(
    params: AutoencoderParams, image_size: int
) -> tuple[keras.Model, keras.Model, keras.Model]:
    """The autoencoder with its encoder and decoder, which share its weights.

    Returns:
      (autoencoder: pixels to node 3, encoder, decoder).
    """
    encoder = build_encoder(params, image_size)
    decoder = build_decoder(params, encoder.output_shape[1:])
    return joined(encoder, decoder), encoder, decoder


def joined(encoder: keras.Model, decoder: keras.Model) -> keras.Model:
    """The model from pixels to node 3; it shares both halves' weights."""
    pixels = keras.Input(encoder.input_shape[1:], dtype="uint8")
    return keras.Model(pixels, decoder(encoder(pixels)), name="autoencoder")


def init_whitening(
    encoder: keras.Model, params: AutoencoderParams, pixels: Pixels
) -> None:
    """Sets the whitening layer's PCA filters from the patches of `pixels`.

    Args:
      encoder: `whitening`, whose node 1 it is, or `stacked`.
      params: the size of the filters, and their epsilon.
      pixels: uint8 [N, S, S, 3].
    """
    filters = whitening_filters(
        pixels,
        kernel=params.kernel,
        channels=directions(params),
        epsilon=params.whitening_epsilon,
    )
    encoder.get_layer(_WHITENING[params.architecture]).set_weights(filters)


def init_unwhitening(
    encoder: keras.Model,
    decoder: keras.Model,
    params: AutoencoderParams,
    pixels: Pixels,
) -> None:
    """Initialises node 3 with the inverse of node 1's filters.

    Args:
      encoder: as `init_whitening` left it.
      decoder: its own.
      params: of both; patches that neither overlap nor lie side by side have no
        simple inverse and are refused by `modules.combinations`.
      pixels: uint8 [N, S, S, 3]; their mean becomes the bias.
    """
    filters, _ = encoder.get_layer("node_1").get_weights()
    inverse = unwhitening_filters(filters)
    if params.stride > 1:
        kernel = inverse
    else:
        # Of each patch, the pixel that lies where its code does.
        at = (params.kernel - 1) // 2
        kernel = np.zeros(decoder.get_layer("node_3").kernel.shape, "float32")
        kernel[at, at] = inverse[at, at].T
    mean = mean_colour(pixels) / 255
    decoder.get_layer("node_3").set_weights([kernel, mean])
