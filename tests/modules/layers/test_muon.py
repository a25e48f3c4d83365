"""Muon: orthogonal steps for kernels, SGD for the rest."""

import keras
import numpy as np

from modules.layers import Muon
from tests.support.modules.convolutions import convolution, stepped


def test_muon_makes_an_orthogonal_step_from_a_kernel_of_fixed_norm():
    muon = Muon(0.5, 0.9, kernels="conv/", ratio=0.2, nesterov=True)
    model, before = convolution("conv", muon)
    after = stepped(model)
    start = before * 2 / np.linalg.norm(before)  # The root of four filters.
    step = (start - after).reshape(-1, 4) / (0.5 * 0.2)
    values = np.linalg.svd(step, compute_uv=False)
    # Newton-Schulz only comes near to one, on purpose.
    assert values.min() > 0.3
    assert values.max() < 1.3
    np.testing.assert_allclose(np.linalg.norm(stepped(model)), 2.0, rtol=0.2)


def test_muon_leaves_all_else_to_sgd():
    muon = Muon(0.5, 0.9, kernels="conv/", ratio=0.2, nesterov=True)
    sgd = keras.optimizers.SGD(0.5, 0.9, nesterov=True)
    kernels = [
        stepped(convolution("other", optimizer)[0]) for optimizer in (muon, sgd)
    ]
    np.testing.assert_array_equal(*kernels)


def test_muon_passes_ratios_on():
    muon = Muon(0.5, 0.9, kernels="conv/", ratio=0.2, ratios={"slow": 0.1})
    sgd = keras.optimizers.SGD(0.05, 0.9)
    kernels = [
        stepped(convolution("slow", optimizer)[0]) for optimizer in (muon, sgd)
    ]
    np.testing.assert_allclose(*kernels, rtol=1e-6)
