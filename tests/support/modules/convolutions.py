"""A model of one convolution, to see what an optimiser does to it."""

import keras
import numpy as np


def convolution(name, optimizer):
    """A model with one convolution, and its kernel, before any step."""
    keras.utils.set_random_seed(0)
    layer = keras.layers.Conv2D(4, 3, use_bias=False, name=name)
    model = keras.Sequential(
        [keras.Input((8, 8, 2)), layer, keras.layers.GlobalMaxPooling2D()]
    )
    model.compile(optimizer, "mean_squared_error")
    return model, layer.kernel.numpy()


def stepped(model):
    """The kernel after one step on made-up images."""
    rng = np.random.default_rng(0)
    x = rng.random((5, 8, 8, 2), np.float32)
    model.train_on_batch(x, rng.random((5, 4), np.float32))
    return model.layers[0].kernel.numpy()
