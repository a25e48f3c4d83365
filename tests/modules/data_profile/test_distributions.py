"""Chance alone is no drift, whatever the size; what is upside down is.

docs/RELIABILITY.md says what is found at which size.
"""

import numpy as np
import pytest

from modules.data_profile import distributions
from modules.image_statistics import STATISTICS
from pipeline.presets import CIFAR10
from tests.support.components import profiles

SEEDS = range(20)
SMALLEST = CIFAR10.min_examples
ENOUGH = 500


@pytest.fixture(scope="module")
def images():
    """The built-in sample, as one set."""
    splits = profiles.drawn()
    return splits["train"] + splits["test"]


def too_far(images, seed, size, change=lambda pixels: pixels):
    """The features that tell two random sets apart, one of them changed."""
    chosen = np.random.default_rng(seed).permutation(len(images.labels))
    one, other = images.rows(chosen[:size]), images.rows(chosen[-size:])
    distances = distributions.compare(
        "skew",
        "train",
        profiles.statistics(one.of(change)),
        profiles.statistics(other),
    )
    assert {d.feature for d in distances} == {*STATISTICS, "label"}
    return {d.feature for d in distances if d.too_far}


@pytest.mark.parametrize("size", [SMALLEST, ENOUGH])
def test_two_random_splits_are_not_told_apart(images, size):
    found = [too_far(images, seed, size) for seed in SEEDS]
    assert found == [set()] * len(SEEDS)


UNLUCKY = {20: 978, 30: 1839, 50: 1716}
"""By size, a seed whose random splits have other classes by chance."""


@pytest.mark.parametrize("size", UNLUCKY)
def test_unlucky_small_splits_are_not_told_apart(images, size):
    assert too_far(images, UNLUCKY[size], size) == set()


def test_a_class_that_a_split_lacks_does_not_move_the_others():
    """TFDV's buckets of the labels would begin at the first that is there."""
    labels = np.repeat(np.arange(10), 10)
    pixels = profiles.drawn()["test"].pixels[:100]
    one, other = (
        profiles.statistics(profiles.Split(pixels[kept], labels[kept]))
        for kept in (labels > 0, labels >= 0)
    )
    found = distributions.compare("skew", "train", one, other)
    (label,) = (d for d in found if d.feature == "label")
    assert label.value < 0.06  # Exactly: a tenth against none, 0.05.


def with_one_odd_image(pixels):
    """Its left half is white, the right black: the greatest balance."""
    odd = np.zeros_like(pixels[:1])
    odd[:, :, : odd.shape[2] // 2] = 255
    return np.concatenate([odd, pixels[1:]])


def test_one_odd_image_is_no_skew(images):
    """It stretches the range that TFDV has its buckets in."""
    assert too_far(images, 0, ENOUGH, with_one_odd_image) == set()


def test_inverted_images_are_found_in_splits_of_300(images):
    for seed in SEEDS[:5]:
        assert too_far(images, seed, 300, lambda pixels: 255 - pixels), seed


def test_inverted_images_are_found_in_splits_of_some_hundreds(images):
    for seed in SEEDS[:5]:
        found = too_far(images, seed, ENOUGH, lambda pixels: 255 - pixels)
        assert "vertical_balance" in found, seed


def test_grey_images_are_found_though_their_saturation_is_one_number(images):
    def grey(pixels):
        return np.repeat(pixels[..., :1], 3, axis=3)

    one, other = (
        profiles.statistics(images.rows(rows).of(change))
        for rows, change in (
            (slice(ENOUGH), grey),
            (slice(ENOUGH, 2 * ENOUGH), lambda pixels: pixels),
        )
    )
    for pair in ((one, other), (other, one)):
        found = distributions.compare("drift", "test", *pair)
        (saturation,) = (d for d in found if d.feature == "saturation")
        assert saturation.value > 0.7
