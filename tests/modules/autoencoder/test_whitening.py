"""Whitening filters, in numpy alone."""

import numpy as np
import pytest

from modules.autoencoder import whitening
from modules.autoencoder.whitening import patch_covariance, whitening_filters

PIXELS = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 3), np.uint8)


def test_the_covariance_is_that_of_all_patches():
    images = PIXELS / 255.0 - (PIXELS / 255.0).mean(axis=(0, 1, 2))
    patches = [
        image[y : y + 2, x : x + 2].ravel()
        for image in images
        for y in range(7)
        for x in range(7)
    ]
    expected = np.mean([np.outer(p, p) for p in patches], axis=0)
    np.testing.assert_allclose(patch_covariance(PIXELS, 2), expected, atol=1e-6)


def test_filters_come_in_both_signs():
    filters, bias = whitening_filters(
        PIXELS, kernel=2, channels=6, epsilon=0.01
    )
    assert filters.shape == (2, 2, 3, 6)
    np.testing.assert_array_equal(filters[..., :3], -filters[..., 3:])
    np.testing.assert_allclose(bias[:3], -bias[3:], rtol=1e-6)


def test_directions_are_orthogonal():
    filters, _ = whitening_filters(PIXELS, kernel=2, channels=24, epsilon=0)
    flat = filters[..., :12].reshape(12, 12)
    gram = flat.T @ patch_covariance(PIXELS, 2) @ flat
    np.testing.assert_allclose(gram, np.eye(12), atol=1e-3)


@pytest.mark.parametrize("channels", [5, 26])
def test_an_impossible_number_of_channels_is_refused(channels):
    with pytest.raises(ValueError, match=f"got {channels}"):
        whitening_filters(PIXELS, kernel=2, channels=channels, epsilon=0.0)


@pytest.mark.parametrize(
    ("size", "kernel", "images"),
    [(32, 2, 5_000), (28, 2, 5_000), (64, 2, 1_210), (96, 3, 241)],
)
def test_large_images_are_as_many_patches_as_5000_small_ones(
    size, kernel, images
):
    assert whitening._enough(size, kernel) == images
