"""Augmentation: each pixel comes from where the caller says."""

import numpy as np

from modules.layers.augment import augment

SIZE = 4
IMAGES = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), np.uint8)
FORWARD = np.arange(SIZE, dtype=np.int32)


def where(**changes):
    """Image 2 as it is, then image 0 mirrored."""
    return {
        "rows": np.array([2, 0], np.int32),
        "y": np.stack([FORWARD, FORWARD]),
        "x": np.stack([FORWARD, FORWARD[::-1]]),
        **changes,
    }


def test_rows_and_columns_are_taken_as_asked():
    first, second = np.asarray(augment(IMAGES, where()))
    np.testing.assert_array_equal(first, IMAGES[2])
    np.testing.assert_array_equal(second, IMAGES[0][:, ::-1])


def test_a_shift_reads_other_rows():
    y = np.stack([[1, 0, 1, 2]] * 2).astype(np.int32)
    first, _ = np.asarray(augment(IMAGES, where(y=y)))
    np.testing.assert_array_equal(first, IMAGES[2][[1, 0, 1, 2]])


def test_the_square_covers_what_was_shifted():
    corner = np.array([[0, 1], [2, 2]], np.int32)
    found = np.asarray(
        augment(IMAGES, where(corner=corner), cutout=2, colour=(1, 2, 3))
    )
    expected = np.stack([IMAGES[2], IMAGES[0][:, ::-1]])
    expected[0, 0:2, 1:3] = expected[1, 2:4, 2:4] = (1, 2, 3)
    np.testing.assert_array_equal(found, expected)
