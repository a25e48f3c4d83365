"""Training batches: every image once an epoch, augmented, reproducible."""

import hashlib

import numpy as np
import pytest

from modules.training.batches import Augmentation, training_batches
from tests.support.modules.stored import stored

COUNT, SIZE = 12, 8


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (COUNT, SIZE, SIZE, 3), np.uint8)
    return pixels, np.arange(COUNT)


def run(images, **kwargs):
    options = {"batch_size": 4, "epochs": 2, "seed": 0, **kwargs}
    dataset, steps = training_batches(*images, **options)
    return list(dataset.as_numpy_iterator()), steps


def test_an_epoch_shows_every_image_once(images):
    batches, steps = run(images)
    assert steps == 3
    for epoch in (batches[:3], batches[3:]):
        labels = np.concatenate([y for _, y in epoch])
        assert sorted(labels) == list(range(COUNT))


def test_epochs_differ_in_order(images):
    batches, _ = run(images)
    first, second = (
        np.concatenate([y for _, y in part])
        for part in (batches[:3], batches[3:])
    )
    assert list(first) != list(second)


def test_without_augmentation_pixels_are_untouched(images):
    for pixels, labels in run(images)[0]:
        np.testing.assert_array_equal(pixels, images[0][labels])


def test_the_flip_alternates_between_epochs(images):
    batches, _ = run(images, augmentation=Augmentation(flip=True))
    seen = {}
    for pixels, labels in batches:
        for image, label in zip(pixels, labels, strict=True):
            seen.setdefault(label, []).append(image)
    for label, (first, second) in seen.items():
        assert np.array_equal(first, second[:, ::-1])
        assert np.array_equal(first, images[0][label]) or np.array_equal(
            second, images[0][label]
        )


def test_a_crop_is_a_window_of_the_reflected_image(images):
    batches, _ = run(images, augmentation=Augmentation(crop_padding=2))
    for pixels, labels in batches:
        for image, label in zip(pixels, labels, strict=True):
            padded = np.pad(
                images[0][label], ((2, 2), (2, 2), (0, 0)), mode="reflect"
            )
            windows = [
                padded[y : y + SIZE, x : x + SIZE]
                for y in range(5)
                for x in range(5)
            ]
            assert any(np.array_equal(image, w) for w in windows)


def test_the_seed_alone_decides(images):
    augmentation = Augmentation(crop_padding=1, flip=True)
    first, again, other = (
        run(images, seed=seed, augmentation=augmentation)[0]
        for seed in (1, 1, 2)
    )
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a[0], b[0])
    assert any(
        not np.array_equal(a[0], b[0])
        for a, b in zip(first, other, strict=True)
    )


def test_a_batch_larger_than_the_data_is_the_data(images):
    batches, steps = run(images, batch_size=100, epochs=1)
    assert steps == 1
    assert len(batches[0][1]) == COUNT


def test_cutout_paints_one_square_of_the_mean_colour(images):
    mean = np.round(images[0].mean(axis=(0, 1, 2))).astype(np.uint8)
    corners = set()
    batches, _ = run(images, augmentation=Augmentation(cutout=3))
    for pixels, labels in batches:
        for image, label in zip(pixels, labels, strict=True):
            y, x = np.nonzero((image != images[0][label]).any(axis=-1))
            corners.add((y.min(), x.min()))
            assert np.ptp(y) <= 2
            assert np.ptp(x) <= 2
            assert (image[y, x] == mean).all()
    assert len(corners) > 4


def test_training_begins_with_parts_of_the_images(images):
    batches, _ = run(
        images, augmentation=Augmentation(initial_crop=5, initial_share=0.5)
    )
    found = set()
    for step, (pixels, labels) in enumerate(batches):
        side = 5 if step < 3 else SIZE
        assert pixels.shape == (4, side, side, 3)
        for image, label in zip(pixels, labels, strict=True):
            (where,) = [
                (y, x)
                for y in range(SIZE - side + 1)
                for x in range(SIZE - side + 1)
                if np.array_equal(
                    image, images[0][label][y : y + side, x : x + side]
                )
            ]
            found.add(where)
    assert {y for y, _ in found} == {x for _, x in found} == {0, 1, 2, 3}


def test_a_square_is_cut_out_within_the_part_that_is_seen(images):
    batches, _ = run(
        images,
        epochs=20,
        augmentation=Augmentation(cutout=2, initial_crop=5, initial_share=0.95),
    )
    mean = np.round(images[0].mean(axis=(0, 1, 2))).astype(np.uint8)
    rows = set()
    for pixels, _ in batches[:57]:
        for image in pixels:
            y, _ = np.nonzero((image == mean).all(axis=-1))
            assert len(y) == 4
            rows |= {*y.tolist()}
    assert rows == set(range(5))


def test_a_fraction_of_an_epoch_has_its_share_of_the_steps(images):
    batches, steps = run(images, epochs=1.67)
    assert steps == 3
    assert len(batches) == 5


@pytest.mark.parametrize(
    ("options", "recorded"),
    [
        ({}, "e9392a9af697983c"),
        (
            {"augmentation": Augmentation(2, flip=True, cutout=3)},
            "5185ba7fea498f90",
        ),
        (
            {"augmentation": Augmentation(1, cutout=2), "balanced": True},
            "a46d88cde4af2bb9",
        ),
    ],
    ids=["plain", "augmented", "balanced"],
)
def test_a_seed_means_the_same_batches_as_ever(images, options, recorded):
    """All integers, so the same everywhere; recorded on 2026-11-25.

    Whoever changes them on purpose changes every published result.
    """
    digest = hashlib.sha256()
    labelled = images[0], images[1] % 3
    for pixels, labels in run(labelled, epochs=3, seed=5, **options)[0]:
        digest.update(pixels.tobytes() + labels.tobytes())
    assert digest.hexdigest()[:16] == recorded


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"augmentation": Augmentation(crop_padding=2, flip=True, cutout=3)},
        {"augmentation": Augmentation(1, initial_crop=5, initial_share=0.3)},
        {"balanced": True, "first_epoch": 1},
        {"batch_size": 100, "epochs": 0.5},
    ],
)
def test_batches_from_a_file_are_those_from_memory(images, options):
    pixels, labels = images
    expected, steps = run((pixels, labels % 3), **options)
    found, same = run((stored(pixels), labels % 3), **options)
    assert (same, len(found)) == (steps, len(expected))
    for one, other in zip(expected, found, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)
