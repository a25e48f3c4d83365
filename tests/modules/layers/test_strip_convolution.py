"""StripConvolution has the values and gradients of Conv2D."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from modules.layers import StripConvolution, strip_convolution

RNG = np.random.default_rng(0)
SHAPES = {
    "whole strips": (50, 7, 7, 4),
    "part of a strip": (31, 3, 3, 4),
    "oblong": (26, 2, 5, 4),
    "one image": (1, 1, 1, 4),
    "too large for strips": (6, 9, 9, 4),
}


def results(layer, x, weights):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(y * weights)
    gradients = tape.gradient(loss, [x, layer.kernel.value])
    return [np.asarray(value) for value in (y, *gradients)]


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_values_and_gradients_are_those_of_conv2d(shape, compiled):
    plain = keras.layers.Conv2D(5, 3, padding="same", use_bias=False)
    strips = StripConvolution(5, use_bias=False)
    for layer in (plain, strips):
        layer.build(shape)
    strips.kernel.assign(plain.kernel)
    x = tf.constant(RNG.normal(size=shape), tf.float32)
    weights = tf.constant(RNG.normal(size=(*shape[:3], 5)), tf.float32)
    compute = results if not compiled else graph
    for ours, theirs in zip(
        compute(strips, x, weights), results(plain, x, weights), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def graph(layer, x, weights):
    """As `results`, traced for batches and maps of any size."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, None, each.shape[-1]], tf.float32)
            for each in (x, weights)
        ]
    )
    def traced(x, weights):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(y * weights)
        return [y, *tape.gradient(loss, [x, layer.kernel.value])]

    return [value.numpy() for value in traced(x, weights)]


def test_small_maps_are_put_side_by_side(monkeypatch):
    seen = []
    strips = strip_convolution._strips
    monkeypatch.setattr(
        strip_convolution,
        "_strips",
        lambda maps: seen.append(strips(maps).shape) or strips(maps),
    )
    for size in (7, 10):
        layer = StripConvolution(5, use_bias=False)
        shape = (50, size, size, 4)
        layer.build(shape)
        weights = tf.ones((*shape[:3], 5))
        results(layer, tf.constant(RNG.normal(size=shape), "float32"), weights)
    assert [tuple(shape) for shape in seen] == [(2, 7, 200, 4), (2, 7, 200, 5)]


def test_a_graph_for_all_sizes_decides_when_it_runs(monkeypatch):
    monkeypatch.setattr(strip_convolution, "_strips", tf.zeros_like)
    layer = StripConvolution(5, use_bias=False)
    layer.build((None, None, None, 4))

    @tf.function(input_signature=[tf.TensorSpec([None, None, None, 4])])
    def kernel_gradient(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x))
        return tape.gradient(loss, layer.kernel.value)

    for size, by_strips in ((7, True), (10, False)):
        x = tf.ones((2, size, size, 4))
        assert np.all(kernel_gradient(x).numpy() == 0) == by_strips


def test_it_is_made_again_from_its_config():
    layer = StripConvolution(5, use_bias=False, dtype="mixed_bfloat16")
    again = StripConvolution.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
