"""LayerwiseSGD: a learning rate for each layer."""

import keras
import numpy as np
import pytest

from modules.layers import LayerwiseSGD
from tests.support.modules.convolutions import convolution, stepped


@pytest.mark.parametrize("name", ["slow", "other"])
def test_layerwise_sgd_multiplies_the_rate_of_the_layers_it_is_told_of(name):
    layerwise = LayerwiseSGD(
        0.5, 0.9, ratios={"slow/": 0.1, "low": 7.0}, nesterov=True
    )
    rate = 0.05 if name == "slow" else 0.5
    sgd = keras.optimizers.SGD(rate, 0.9, nesterov=True)
    kernels = [
        stepped(convolution(name, optimizer)[0])
        for optimizer in (layerwise, sgd)
    ]
    np.testing.assert_allclose(*kernels, rtol=1e-6)
