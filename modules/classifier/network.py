"""The network that reads the autoencoder's hidden layer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras import layers

from modules.autoencoder.network import freeze_blocks
from modules.hparams import ClassifierParams, Precision
from modules.layers import Dirac, ScaledBias

ENCODER, HEAD = "encoder", "head"  # The layers of every classifier.
CONVOLUTIONS = r"^head_\d+_\d+/"  # How paths of its kernels start.


def _activated(x: Any, residual: Any = None) -> Any:
    """Batch normalisation, the residual if there is one, and GELU.

    BN's momentum is low because a schedule has few steps: its default averages
    over more of them than an epoch has.
    """
    x = layers.BatchNormalization(
        momentum=0.6, epsilon=1e-5, center=False, scale=False
    )(x)
    x = ScaledBias(8.0)(x)
    if residual is not None:
        x = layers.Add()([x, residual])
    return layers.Activation("gelu")(x)


def _convolution(
    x: Any, width: int, *, padding: str, seed: int, name: str
) -> Any:
    return layers.Conv2D(
        width,
        3,
        padding=padding,
        use_bias=False,
        kernel_initializer=Dirac(seed=seed),
        name=name,
    )(x)


def _block(
    x: Any, width: int, depth: int, *, padding: str, seed: int, name: str
) -> Any:
    """`depth` convolutions at half the resolution; the last ends a residual.

    The residual is airbench96's (Jordan 2024), and comes with a third one.
    """
    x = _convolution(x, width, padding=padding, seed=seed, name=f"{name}_0")
    x = first = _activated(layers.MaxPooling2D()(x))
    for index in range(1, depth):
        residual = first if 1 < index == depth - 1 else None
        x = _convolution(
            x,
            width,
            padding="same",
            seed=seed + index,
            name=f"{name}_{index}",
        )
        x = _activated(x, residual)
    return x


def _cnn(x: Any, params: ClassifierParams, seed: int) -> Any:
    """Blocks of convolutions and the global maximum."""
    # Without a border, as airbench; but a small hidden layer needs all it has.
    room = (x.shape[1] - 2) >> len(params.widths)
    for block, width in enumerate(params.widths):
        x = _block(
            x,
            width,
            params.depth,
            padding="valid" if block == 0 and room else "same",
            seed=seed + params.depth * block,
            name=f"head_{block}",
        )
    return layers.GlobalMaxPooling2D()(x)


def _dense(x: Any, params: ClassifierParams) -> Any:
    """Dense layers on the flattened hidden layer."""
    x = layers.Flatten()(x)
    for width in params.widths:
        x = _activated(layers.Dense(width, use_bias=False)(x))
    return x


def build_head(
    params: ClassifierParams,
    hidden_shape: tuple[int, ...],
    num_classes: int,
    seed: int,
) -> keras.Model:
    """Node 2 to logits.

    Input: float32 [N, *hidden_shape]. Output: float32 [N, num_classes] logits.

    The structure is that of airbench (Jordan 2024): blocks of two or three
    convolutions, global maximum, a linear layer without bias, logits divided
    by nine; or dense layers in place of the blocks.
    """
    hidden = keras.Input(hidden_shape)
    if params.head == "dense":
        x = _dense(hidden, params)
    else:
        x = _cnn(hidden, params, seed)
    x = layers.Dense(num_classes, use_bias=False, dtype="float32")(x)
    logits = layers.Rescaling(1 / 9, dtype="float32")(x)
    return keras.Model(hidden, logits, name=HEAD)


def prepare_encoder(
    encoder: keras.Model, params: ClassifierParams
) -> keras.Model:
    """A copy of the encoder, as `params` has it: what is learned, what trains.

    It stays float32 whatever the precision: whitening enlarges differences
    between pixels that 16 bits round away.
    """
    if params.encoder == "image":
        pixels = keras.Input(encoder.input_shape[1:], dtype="uint8")
        image = layers.Rescaling(1 / 127.5, offset=-1)(pixels)
        return keras.Model(pixels, image, name=ENCODER)
    copy = keras.models.clone_model(encoder)
    copy.trainable = params.encoder != "frozen"
    if params.encoder != "random":
        copy.set_weights(encoder.get_weights())
    if params.frozen_blocks is not None:
        freeze_blocks(copy, params.frozen_blocks)
    return copy


@contextlib.contextmanager
def _dtype_policy(name: Precision) -> Iterator[None]:
    """The default dtype policy of Keras's layers."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def build_classifier(
    encoder: keras.Model, params: ClassifierParams, num_classes: int, seed: int
) -> keras.Model:
    """Pixels to logits through `encoder`, as `prepare_encoder` returned it.

    Input: uint8 [N, H, W, 3]. Output: float32 [N, num_classes] logits. Its
    layers are `encoder` and `head`.
    """
    with _dtype_policy(params.precision):
        head = build_head(params, encoder.output_shape[1:], num_classes, seed)
    pixels = keras.Input(encoder.input_shape[1:], dtype="uint8")
    return keras.Model(pixels, head(encoder(pixels)), name="classifier")


def with_reconstruction(
    classifier: keras.Model, decoder: keras.Model
) -> keras.Model:
    """Pixels to `logits` and `reconstruction`, on the weights of both."""
    pixels = keras.Input(classifier.input_shape[1:], dtype="uint8")
    hidden = classifier.get_layer(ENCODER)(pixels)
    outputs = {
        "logits": classifier.get_layer(HEAD)(hidden),
        "reconstruction": decoder(hidden),
    }
    return keras.Model(pixels, outputs, name="joint")
