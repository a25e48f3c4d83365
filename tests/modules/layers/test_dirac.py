"""Dirac: a convolution starts as the identity."""

import keras
import numpy as np
import pytest

from modules.layers import Dirac


def test_dirac_convolution_copies_its_input_at_first():
    layer = keras.layers.Conv2D(
        8, 3, padding="same", kernel_initializer=Dirac(seed=0)
    )
    x = np.random.default_rng(0).random((2, 6, 6, 5), np.float32)
    np.testing.assert_allclose(layer(x)[..., :5], x, atol=1e-6)


def test_dirac_noise_follows_its_seed():
    shape = (3, 3, 2, 8)
    same = [np.asarray(Dirac(seed=1)(shape)) for _ in range(2)]
    np.testing.assert_array_equal(*same)
    other = np.asarray(Dirac(seed=2)(shape))
    assert not np.array_equal(same[0], other)
    assert np.abs(same[0][..., 2:]).min() > 0


def test_dirac_refuses_a_dense_kernel():
    with pytest.raises(ValueError, match=r"got shape \(3, 4\)"):
        Dirac()((3, 4))
