"""PSNR and SSIM are those of TensorFlow, image by image."""

import numpy as np
import pytest
import tensorflow as tf

from modules.evaluation import image_metrics


@pytest.fixture
def pair():
    """Smooth images and noisy copies, uint8 [70, 32, 32, 3]: three chunks."""
    rng = np.random.default_rng(0)
    wave = np.sin(np.linspace(0, 9, 32))
    smooth = 127 + 90 * wave[:, None, None] * wave[None, :, None]
    images = smooth + rng.normal(0, 20, (70, 32, 32, 3))
    noisy = images + rng.normal(0, 12, images.shape)
    return tuple(np.clip(x, 0, 255).astype(np.uint8) for x in (images, noisy))


def test_psnr_is_tensorflows(pair):
    expected = tf.image.psnr(*pair, max_val=255).numpy()

    np.testing.assert_allclose(image_metrics.psnr(*pair), expected, atol=1e-4)


@pytest.mark.parametrize("data_range", [1.0, 2.0])
def test_ssim_is_tensorflows(pair, data_range):
    expected = tf.image.ssim(
        *(tf.image.convert_image_dtype(x, tf.float32) for x in pair),
        max_val=data_range,
    ).numpy()

    actual = image_metrics.ssim(*pair, data_range=data_range)

    np.testing.assert_allclose(actual, expected, atol=1e-4)


def test_float_images_in_the_unit_range_give_the_same(pair):
    floats = [x.astype(np.float32) / 255 for x in pair]

    np.testing.assert_allclose(
        image_metrics.quality(*floats),
        image_metrics.quality(*pair),
        rtol=1e-5,
    )


def test_quality_is_psnr_and_both_ssims(pair):
    expected = [
        image_metrics.psnr(*pair),
        image_metrics.ssim(*pair),
        image_metrics.ssim(*pair, data_range=2.0),
    ]

    np.testing.assert_array_equal(
        image_metrics.quality(*pair), np.stack(expected, axis=1)
    )


def test_other_sizes_need_not_be_square():
    rng = np.random.default_rng(0)
    pair = rng.integers(0, 256, (2, 3, 11, 40, 1), dtype=np.uint8)

    expected = tf.image.ssim(*pair, max_val=255).numpy()

    np.testing.assert_allclose(image_metrics.ssim(*pair), expected, atol=1e-4)


def test_identical_images_are_capped(pair):
    images, _ = pair

    assert (image_metrics.psnr(images, images) == 100.0).all()
    np.testing.assert_allclose(image_metrics.ssim(images, images), 1, atol=1e-6)


def test_one_wrong_level_stays_below_the_cap(pair):
    images, _ = pair
    other = images.copy()
    other[:, 0, 0, 0] ^= 1

    psnr = image_metrics.psnr(images, other)

    np.testing.assert_allclose(psnr, 83.01, atol=0.01)


def test_no_images_give_no_values():
    none = np.zeros((0, 32, 32, 3), np.uint8)

    assert image_metrics.quality(none, none).shape == (0, 3)


def test_shapes_must_agree(pair):
    images, noisy = pair

    with pytest.raises(ValueError, match="one shape"):
        image_metrics.psnr(images, noisy[1:])


def test_images_smaller_than_the_window_are_refused():
    tiny = np.zeros((1, 10, 10, 3), np.uint8)

    with pytest.raises(ValueError, match="at least 11"):
        image_metrics.ssim(tiny, tiny)
