"""FusedGelu has the values and gradients of Keras's GELU."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from modules.layers import FusedGelu

X = np.linspace(-9, 9, 2_003, dtype=np.float32).reshape(1, -1, 1)


def results(layer, x, **options):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, **options)
        loss = tf.reduce_sum(tf.math.sin(3 * x) * y)
    return y, tape.gradient(loss, x)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("compiled", [True, False], ids=["graph", "eager"])
def test_values_and_gradients_are_those_of_keras(training, compiled):
    def ours(x):
        return results(FusedGelu(), x, training=training)

    if compiled:
        spec = tf.TensorSpec([None, None, 1], tf.float32)
        ours = tf.function(ours, input_signature=[spec])
    x = tf.constant(X)
    theirs = results(keras.layers.Activation("gelu"), x)
    for mine, other in zip(ours(x), theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=2e-6)


def test_only_training_asks_for_xla():
    def compiled(training):
        spec = tf.TensorSpec([None, 3], tf.float32)
        traced = tf.function(
            lambda x: FusedGelu()(x, training=training), input_signature=[spec]
        ).get_concrete_function()
        functions = traced.graph.as_graph_def().library.function
        return [f for f in functions if f.attr["_XlaMustCompile"].b]

    assert compiled(training=True)
    assert not compiled(training=False)
