"""An image's size is read from its header, whatever comes before it."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from modules.export.headers import read_sizes
from tests.support.modules.exported import encoded

PIXELS = np.zeros((20, 30, 3), np.uint8)
PNG = encoded(PIXELS)
JPEG = encoded(PIXELS, "JPEG")


def sizes(*images):
    known, size = read_sizes(tf.constant(list(images)))
    return known.numpy().tolist(), size.numpy().tolist()


def exif():
    data = Image.Exif()
    data[0x010E] = "a description " * 500
    return data


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("PNG", {}),
        ("PNG", {"optimize": True}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"exif": exif()}),
        ("JPEG", {"comment": b"\xff\xc0" * 99}),
        ("JPEG", {"icc_profile": b"\xff\xc0" * 100_000}),
    ],
)
def test_height_and_width_are_found(file_format, options):
    image = encoded(PIXELS, file_format, **options)
    assert sizes(image) == ([True], [[20, 30]])


def test_a_batch_is_read_image_by_image():
    grey = encoded(np.zeros((7, 9), np.uint8), "JPEG", comment=b"longer")
    assert sizes(PNG, JPEG, grey, b"", PNG) == (
        [True, True, True, False, True],
        [[20, 30], [20, 30], [7, 9], [0, 0], [20, 30]],
    )


def test_fill_bytes_before_a_segment_are_allowed():
    assert sizes(JPEG[:2] + b"\xff" * 5 + JPEG[2:])[1] == [[20, 30]]


@pytest.mark.parametrize("file_format", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_not_known(file_format):
    assert sizes(encoded(PIXELS, file_format))[0] == [False]


@pytest.mark.parametrize(
    "damaged",
    [
        PNG[:20],
        JPEG[:3],
        JPEG[:30],
        JPEG[:20] + b"\0" + JPEG[20:],
        b"\xff\xd8\xff\xda" + JPEG,
        b"\xff\xd8\xff\xe0\0\0" + JPEG,
        b"\xff\xd8" + b"\xff\xfe\0\2" * 1_000 + JPEG[2:],
    ],
    ids=[
        "cut in the PNG's size",
        "cut after the start",
        "cut in a segment",
        "garbage between segments",
        "a scan before the frame",
        "a segment of length 0",
        "segments without end",
    ],
)
def test_a_damaged_header_has_no_size(damaged):
    ((height, width),) = sizes(damaged)[1]
    assert height * width == 0
