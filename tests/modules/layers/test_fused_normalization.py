"""FusedNormalization has the values and gradients of Keras's layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from modules.layers import FusedNormalization, ScaledBias

RNG = np.random.default_rng(0)
SHAPES = {"images": (6, 5, 4, 3), "features": (7, 3), "one value": (1, 3)}
SCALE = 8.0


def pair(shape):
    """The layer, and Keras's two in its place, in the same state."""
    fused = FusedNormalization(0.6, 1e-5, SCALE)
    plain = keras.layers.BatchNormalization(
        momentum=0.6, epsilon=1e-5, center=False, scale=False
    )
    bias = ScaledBias(SCALE)
    for layer in (fused, plain, bias):
        layer.build(shape)
    values = RNG.normal(size=(3, shape[-1])).astype("float32")
    fused.bias.assign(values[0])
    bias.bias.assign(values[0])
    for layer in (fused, plain):
        layer.moving_mean.assign(values[1])
        layer.moving_variance.assign(np.square(values[2]) + 0.5)
    return fused, plain, bias


def batch(shape):
    return RNG.normal(3.0, 2.0, shape).astype("float32")


@pytest.fixture(params=["fused", "composed"])
def path(request, monkeypatch):
    """TensorFlow's operation, and what other backends have instead."""
    if request.param == "composed":
        monkeypatch.setattr(
            FusedNormalization, "_fused", FusedNormalization._composed
        )


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_values_gradients_and_averages_are_those_of_keras(shape, training):
    fused, plain, bias = pair(shape)
    x = tf.constant(batch(shape))
    weights = tf.constant(batch(shape))
    results = []
    for call, of in (
        (fused, fused.bias),
        (lambda x, **options: bias(plain(x, **options)), bias.bias),
    ):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call(x, training=training)
            loss = tf.reduce_sum(weights * tf.square(y))
        results.append([y, *tape.gradient(loss, [x, of.value])])
    for ours, theirs in zip(*results, strict=True):
        scale = max(1.0, float(np.abs(theirs).max()))
        np.testing.assert_allclose(ours, theirs, atol=3e-5 * scale)
    for name in ("moving_mean", "moving_variance"):
        ours, theirs = (getattr(layer, name) for layer in (fused, plain))
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_a_frozen_layer_uses_its_averages_and_keeps_them():
    fused, _, _ = pair(SHAPES["images"])
    x = batch(SHAPES["images"])
    before = fused.get_weights()
    expected = fused(x, training=False)
    fused.trainable = False
    np.testing.assert_array_equal(fused(x, training=True), expected)
    for old, new in zip(before, fused.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_compiled_by_xla_it_keeps_the_same_averages():
    shape = SHAPES["images"]
    fused, plain, bias = pair(shape)
    x = tf.constant(batch(shape))

    @tf.function(jit_compile=True)
    def step(x):
        return fused(x, training=True)

    expected = bias(plain(x, training=True))
    np.testing.assert_allclose(step(x), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        fused.moving_variance, plain.moving_variance, rtol=1e-5
    )
