"""Corrupted batches: what is drawn, how much of it, and from what."""

import numpy as np
import pytest
import tensorflow as tf

from modules.training.corruption import Corrupt

PIXELS = np.random.default_rng(0).integers(60, 190, (40, 10, 10, 3), np.uint8)
COLOUR = (1, 2, 3)


def corrupted(step=0, pixels=PIXELS, **values):
    return Corrupt(**values)(tf.constant(pixels), tf.constant(step, tf.int64))


def test_none_leaves_the_images_alone():
    np.testing.assert_array_equal(corrupted(), PIXELS)


def test_noise_has_the_deviation_that_is_asked_for():
    noisy = corrupted(kind="noise", strength=0.1).numpy()
    assert noisy.dtype == np.uint8
    noise = (noisy.astype(float) - PIXELS) / 255
    assert noise.std() == pytest.approx(0.1, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.003)


def test_noisy_pixels_are_clipped_not_wrapped():
    black, white = np.zeros_like(PIXELS), np.full_like(PIXELS, 255)
    for pixels in (black, white):
        noisy = corrupted(pixels=pixels, kind="noise", strength=0.05).numpy()
        assert np.abs(noisy.astype(int) - pixels).max() < 128


@pytest.mark.parametrize(
    ("patch", "strength", "masked"), [(2, 0.6, 15), (4, 0.5, 4), (5, 0.75, 3)]
)
def test_masking_paints_so_many_whole_patches(patch, strength, masked):
    found = corrupted(
        kind="masking", strength=strength, patch=patch, colour=COLOUR
    ).numpy()
    painted = (found == COLOUR).all(axis=-1)
    np.testing.assert_array_equal(found[~painted], PIXELS[~painted])
    side = -(-10 // patch)
    padded = np.zeros((40, side * patch, side * patch), int)
    padded[:, :10, :10] = painted + 1
    for image in padded:
        blocks = image.reshape(side, patch, side, patch).swapaxes(1, 2)
        kinds = [
            set(block.ravel()) - {0}
            for block in blocks.reshape(-1, patch, patch)
        ]
        assert all(len(kind) == 1 for kind in kinds)
        assert sum(kind == {2} for kind in kinds) == masked


def test_every_image_has_a_mask_of_its_own():
    painted = corrupted(kind="masking", strength=0.5, colour=COLOUR).numpy()
    masks = {(image == COLOUR).all(axis=-1).tobytes() for image in painted}
    assert len(masks) > 20


@pytest.mark.parametrize("kind", ["noise", "masking"])
def test_the_seed_and_the_step_alone_decide(kind):
    def found(seed, step):
        return corrupted(step, kind=kind, strength=0.3, seed=seed).numpy()

    np.testing.assert_array_equal(found(1, 5), found(1, 5))
    assert not np.array_equal(found(1, 5), found(1, 6))
    assert not np.array_equal(found(1, 5), found(2, 5))
