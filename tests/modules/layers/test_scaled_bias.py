"""ScaledBias: its scale is a learning rate."""

import keras
import numpy as np

from modules.layers import ScaledBias


def test_scaled_bias_moves_with_the_square_of_its_scale():
    layer = ScaledBias(3.0)
    model = keras.Sequential([keras.Input((2,)), layer])
    model.compile(keras.optimizers.SGD(0.1), "mean_squared_error")
    before = model.predict(np.zeros((1, 2)), verbose=0)
    model.train_on_batch(np.zeros((1, 2)), np.ones((1, 2)))
    after = model.predict(np.zeros((1, 2)), verbose=0)
    np.testing.assert_allclose(after - before, 0.1 * 9.0, rtol=1e-5)


def test_scaled_bias_follows_the_dtype_policy():
    layer = ScaledBias(dtype="mixed_float16")
    outputs = layer(np.ones((1, 4), np.float16))
    assert keras.backend.standardize_dtype(outputs.dtype) == "float16"
    assert layer.bias.dtype == "float32"
