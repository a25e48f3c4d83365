"""Floating-point operations of Keras models, counted layer by layer.

A multiplication and an addition are two operations. Only convolutions and
dense layers are counted: what the other layers do is below a few percent of a
convolutional network, and not what its speed depends on.

Training costs a trained layer three times its forward pass: forward, the
gradient of its weights, the gradient of its input. The last is spared where
nothing before the layer is trained, the last two where, besides, the layer
itself is frozen (as Keras's automatic differentiation has it).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

import keras
from keras import layers


@dataclasses.dataclass(frozen=True)
class Cost:
    """Operations that one image costs.

    Attributes:
      forward: of a prediction.
      training: of a training step, divided by the images in it.
    """

    forward: int
    training: int


def forward(layer: keras.layers.Layer) -> int:
    """A layer's operations for one image; 0 for what is not counted."""
    if isinstance(layer, layers.Conv2D):
        positions = math.prod(layer.output.shape[1:3])
        taps = math.prod(layer.kernel.shape)  # Height, width, in and out.
        return 2 * positions * taps
    if isinstance(layer, layers.Conv2DTranspose):
        positions = math.prod(layer.input.shape[1:3])
        return 2 * positions * math.prod(layer.kernel.shape)
    if isinstance(layer, layers.Dense):
        return 2 * math.prod(layer.kernel.shape)
    return 0


def count(model: keras.Model) -> Cost:
    """The cost of `model` as it is now: `trainable` matters.

    A layer counts as lying before those that the model lists after it, which
    holds for chains, and for branches that begin where the chain ends.
    """
    answer = training = 0
    trained_before = False
    for layer in _leaves(model):
        operations = forward(layer)
        trained = bool(layer.trainable_weights)
        answer += operations
        training += operations * (1 + trained + trained_before)
        trained_before |= trained
    return Cost(answer, training)


def _leaves(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers in order, those of nested models in their place."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        else:
            yield layer
