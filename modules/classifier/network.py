"""The convolutional network that reads the autoencoder's hidden layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from modules.hparams import ClassifierParams
from modules.layers import Dirac, ScaledBias


def _convolution(
    x: Any, width: int, *, halve: bool, padding: str, seed: int
) -> Any:
    """Convolution, batch normalisation and GELU; optionally half the size.

    BN's momentum is low because a schedule has few steps: its default averages
    over more of them than an epoch has.
    """
    x = layers.Conv2D(
        width,
        3,
        padding=padding,
        use_bias=False,
        kernel_initializer=Dirac(seed=seed),
    )(x)
    if halve:
        x = layers.MaxPooling2D()(x)
    x = layers.BatchNormalization(
        momentum=0.6, epsilon=1e-5, center=False, scale=False
    )(x)
    return layers.Activation("gelu")(ScaledBias(8.0)(x))


def build_head(
    params: ClassifierParams,
    hidden_shape: tuple[int, ...],
    num_classes: int,
    seed: int,
) -> keras.Model:
    """Node 2 to logits.

    Input: float32 [N, *hidden_shape]. Output: float32 [N, num_classes] logits.

    The structure is that of airbench (Jordan 2024): blocks of two convolutions,
    global maximum, a linear layer without bias, logits divided by nine.
    """
    hidden = keras.Input(hidden_shape)
    x = hidden
    for block, width in enumerate(params.widths):
        for half, halve in enumerate((True, False)):
            first = block == half == 0
            x = _convolution(
                x,
                width,
                halve=halve,
                padding="valid" if first else "same",
                seed=seed + 2 * block + half,
            )
    x = layers.GlobalMaxPooling2D()(x)
    x = layers.Dense(num_classes, use_bias=False, dtype="float32")(x)
    logits = layers.Rescaling(1 / 9, dtype="float32")(x)
    return keras.Model(hidden, logits, name="head")


def build_classifier(
    encoder: keras.Model, params: ClassifierParams, num_classes: int, seed: int
) -> keras.Model:
    """Pixels to logits through the trained encoder, which stays as it is.

    Input: uint8 [N, H, W, 3]. Output: float32 [N, num_classes] logits.
    """
    encoder.trainable = False
    head = build_head(params, encoder.output_shape[1:], num_classes, seed)
    pixels = keras.Input(encoder.input_shape[1:], dtype="uint8")
    return keras.Model(pixels, head(encoder(pixels)), name="classifier")
