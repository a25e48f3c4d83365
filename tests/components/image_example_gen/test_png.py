"""PNG files without compression are PNG files like any other."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.image_example_gen import png


def noise(count, height, width):
    random = np.random.default_rng(0)
    return random.integers(0, 256, (count, height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("count", "height", "width"),
    [(3, 32, 32), (1, 1, 1), (1, 2, 500), (2, 200, 150), (230, 4, 5)],
)
def test_other_decoders_read_the_same_pixels(count, height, width):
    pixels = noise(count, height, width)
    files = list(png.encode(pixels))
    assert len(files) == count
    for image, file in zip(pixels, files, strict=True):
        Image.open(io.BytesIO(file)).verify()  # Checksums and all.
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(file))), image)
        assert np.array_equal(tf.io.decode_png(file).numpy(), image)


def test_a_view_of_other_strides():
    pixels = noise(2, 8, 6)[:, ::-1].transpose(0, 2, 1, 3)
    for image, file in zip(pixels, png.encode(pixels), strict=True):
        assert np.array_equal(tf.io.decode_png(file).numpy(), image)


@pytest.mark.parametrize(
    ("height", "width"),
    [
        (255, 85),  # 65,280 bytes, in one block.
        (1, 21845),  # 65,536, one more than a block.
        (510, 85),  # 130,560, in two.
        (13107, 3),  # 131,070, two full ones.
    ],
)
def test_blocks_end_where_the_data_does(height, width):
    pixels = noise(1, height, width)
    (file,) = png.encode(pixels)
    assert np.array_equal(tf.io.decode_png(file).numpy(), pixels[0])


def test_no_images():
    assert list(png.encode(noise(0, 8, 8))) == []
