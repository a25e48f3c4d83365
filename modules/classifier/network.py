"""The network that reads the autoencoder's hidden layer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import keras
from keras import layers

from modules.autoencoder.network import freeze_blocks
from modules.hparams import ClassifierParams, Precision
from modules.layers import (
    Dirac,
    FusedNormalization,
    ScaledBias,
    StripConvolution,
)
from modules.training.precision import processor_flags, strips_pay

ENCODER, HEAD = "encoder", "head"  # The layers of every classifier.
CONVOLUTIONS = r"^head_\d+_\d+/"  # How paths of its kernels start.


_MOMENTUM, _EPSILON, _BIAS_SCALE = 0.6, 1e-5, 8.0
"""Of the normalisation. Its momentum is low because a schedule has few steps:
Keras's default averages over more of them than an epoch has."""


def _activated(
    x: Any, params: ClassifierParams, name: str, residual: Any = None
) -> Any:
    """Batch normalisation, the residual if there is one, and activation."""
    options = {"momentum": _MOMENTUM, "epsilon": _EPSILON}
    if params.normalization == "fused":
        x = FusedNormalization(
            bias_scale=_BIAS_SCALE, name=f"{name}_norm", **options
        )(x)
    else:
        x = layers.BatchNormalization(
            center=False, scale=False, name=f"{name}_norm", **options
        )(x)
        x = ScaledBias(_BIAS_SCALE, name=f"{name}_bias")(x)
    if residual is not None:
        x = layers.Add()([x, residual])
    return layers.Activation(params.activation)(x)


def _convolution_dtype(params: ClassifierParams) -> str | None:
    """The dtype policy of convolutions and pools; None for that of the rest.

    With the policy, a layer casts its input and its kernel; what follows casts
    the output back.
    """
    own = params.precision == "bfloat16_convolutions"
    return "mixed_bfloat16" if own else None


def _block(
    x: Any,
    width: int,
    params: ClassifierParams,
    *,
    padding: str,
    seed: int,
    name: str,
) -> Any:
    """Convolutions at half the resolution; the last one ends a residual.

    The residual is airbench96's (Jordan 2024), and comes with a third one.
    """
    dtype = _convolution_dtype(params)
    strips = "bfloat16" in params.precision and strips_pay(processor_flags())

    def convolution(index: int, padding: str = "same") -> layers.Conv2D:
        options = {
            "use_bias": False,
            "kernel_initializer": Dirac(seed=seed + index),
            "dtype": dtype,
            "name": f"{name}_{index}",
        }
        if strips and padding == "same":
            return StripConvolution(width, **options)
        return layers.Conv2D(width, 3, padding=padding, **options)

    x = convolution(0, padding)(x)
    x = layers.MaxPooling2D(dtype=dtype)(x)
    x = first = _activated(x, params, f"{name}_0")
    for index in range(1, params.depth):
        residual = first if 1 < index == params.depth - 1 else None
        x = convolution(index)(x)
        x = _activated(x, params, f"{name}_{index}", residual)
    return x


def _cnn(x: Any, params: ClassifierParams, seed: int) -> Any:
    """Blocks of convolutions and the global maximum."""
    # Without a border, as airbench; but a small hidden layer needs all it has.
    room = (x.shape[1] - 2) >> len(params.widths)
    for block, width in enumerate(params.widths):
        x = _block(
            x,
            width,
            params,
            padding="valid" if block == 0 and room else "same",
            seed=seed + params.depth * block,
            name=f"head_{block}",
        )
    return layers.GlobalMaxPooling2D()(x)


def _dense(x: Any, params: ClassifierParams) -> Any:
    """Dense layers on the flattened hidden layer."""
    x = layers.Flatten()(x)
    for index, width in enumerate(params.widths):
        name = f"dense_{index}"
        x = layers.Dense(width, use_bias=False, name=name)(x)
        x = _activated(x, params, name)
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
    by nine; or dense layers in place of the blocks. Layers with weights have
    names of their own, the same for every precision.
    """
    hidden = keras.Input(hidden_shape)
    if params.head == "dense":
        x = _dense(hidden, params)
    else:
        x = _cnn(hidden, params, seed)
    x = layers.Dense(
        num_classes, use_bias=False, dtype="float32", name="logits"
    )(x)
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
    # Keras would leave alone what the autoencoder itself does not train.
    for layer in copy.layers:
        layer.trainable = copy.trainable
    if params.encoder != "random":
        copy.set_weights(encoder.get_weights())
    if params.frozen_blocks is not None:
        freeze_blocks(copy, params.frozen_blocks)
    return copy


@contextlib.contextmanager
def _dtype_policy(precision: Precision) -> Iterator[None]:
    """The default dtype policy of Keras's layers."""
    before = keras.config.dtype_policy()
    mixed = precision.startswith("mixed_")
    keras.config.set_dtype_policy(precision if mixed else "float32")
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


def of_any_size(classifier: keras.Model) -> keras.Model:
    """The same layers, with the same weights, on images of any size.

    Input: uint8 [N, T, T, 3]. Output: float32 [N, num_classes] logits.
    """
    pixels = keras.Input((None, None, 3), dtype="uint8")
    x = pixels
    for name in (ENCODER, HEAD):
        part = classifier.get_layer(name)
        maps = keras.Input(
            (None, None, part.input_shape[-1]), dtype=part.input.dtype
        )
        x = keras.models.clone_model(
            part, input_tensors=maps, clone_function=lambda layer: layer
        )(x)
    return keras.Model(pixels, x, name=classifier.name)


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
