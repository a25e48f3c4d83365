from __future__ import annotations

import numpy as np
import pytest

from components.image_example_gen import sample
from components.image_example_gen.formats import open_image_set
from components.image_example_gen.image_set import ImageSpec


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    root = tmp_path_factory.mktemp("sample")
    sample.write(root)
    return open_image_set(root, "binary", ImageSpec(tuple("0123456789"), 32))


@pytest.fixture(scope="module")
def train(images):
    shards = [s for s in images.shards(1000) if s.split == "train"]
    read = [images.read(shard) for shard in shards]
    return (
        np.concatenate([r.pixels for r in read]),
        np.concatenate([r.labels for r in read]),
    )


def test_the_sample_passes_the_checks_of_real_data(images):
    images.check(lambda done, total: None)


def test_it_has_2000_training_and_500_test_images(images):
    assert images.counts() == {"train": 2_000, "test": 500}


def test_every_batch_is_balanced_and_in_no_order(images):
    for shard in images.shards(1000):
        labels = images.read(shard).labels
        assert len(set(np.bincount(labels))) == 1
        assert (np.diff(labels) < 0).any()


def test_no_two_images_are_alike(train):
    pixels, _ = train
    assert len(np.unique(pixels.reshape(len(pixels), -1), axis=0)) == 2_000


def test_the_mean_colour_says_nothing_about_the_class(train):
    pixels, labels = train
    colours = pixels.mean(axis=(1, 2))
    centres = np.stack([colours[labels == c].mean(axis=0) for c in range(10)])
    distances = np.linalg.norm(colours[:, None] - centres, axis=-1)
    assert (distances.argmin(axis=1) == labels).mean() < 0.25


def test_random_numbers_are_uniform_in_their_range():
    numbers = sample.Random(1).uniform(2.0, 4.0, 1000)
    assert numbers.dtype == np.float32
    assert numbers.min() >= 2
    assert numbers.max() < 4
    assert numbers.mean() == pytest.approx(3, abs=0.05)
