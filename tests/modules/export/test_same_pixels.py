"""Training's reader and the served graph make the same pixels of a file.

The table of docs/SERVING.md is what this test finds.
"""

import io
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from components.image_example_gen import image_file
from modules.export import decode, headers
from modules.export.decode import decode_images
from tests.support.image_kinds import Kind, encoded, exif, kinds, smooth

DOCS = pathlib.Path(__file__).parents[3] / "docs" / "SERVING.md"
SIZES = (16, 24, 40)
SQUARE = 24
KINDS = kinds()
ACCEPTED = [kind for kind in KINDS if not kind.refused]


@pytest.fixture(scope="module")
def graph():
    """A function from an image file and a size to pixels, as it is served."""
    decoders = {
        size: tf.function(
            lambda images, size=size: decode_images(images, size),
            input_signature=[tf.TensorSpec([None], tf.string)],
        )
        for size in SIZES
    }

    def decode(image, size):
        (pixels,) = decoders[size](tf.constant([image])).numpy()
        return pixels

    return decode


def trained(image, size):
    return image_file.resize(image_file.decode(image), size)


def served(graph, image, size):
    """The pixels, or None where it is refused."""
    try:
        return graph(image, size)
    except tf.errors.InvalidArgumentError:
        return None


def levels_apart(one, other):
    return int(np.abs(one.astype(int) - other).max())


@pytest.mark.parametrize("kind", ACCEPTED, ids=lambda kind: kind.name)
def test_both_make_the_same_pixels(graph, kind):
    for size in SIZES:
        theirs = served(graph, kind.file, size)
        # Pillow resizes with integers, TensorFlow with float32.
        assert levels_apart(theirs, trained(kind.file, size)) <= 1


@pytest.mark.parametrize("kind", ACCEPTED, ids=lambda kind: kind.name)
def test_letterboxed_pixels_are_the_same_too(kind):
    made = image_file.decode(kind.file)
    for size in SIZES:
        ours = image_file.resize(made, size, "letterbox")
        theirs = decode_images(tf.constant([kind.file]), size, "letterbox")
        assert levels_apart(theirs.numpy()[0], ours) <= 1


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (1, 50), (7, 5), (40, 39)])
def test_a_letterbox_is_as_large_in_both(shape):
    pixels = np.full((*shape, 3), 255, np.uint8)
    image = encoded(Image.fromarray(pixels), "PNG")
    ours = image_file.resize(pixels, SQUARE, "letterbox")
    (theirs,) = decode_images(tf.constant([image]), SQUARE, "letterbox").numpy()
    assert np.array_equal(ours, theirs)


def unresized(image):
    """The same file's pixels by the graph, without resizing it."""
    found = headers.read_headers(tf.constant([image]))
    pixels = decode._decode(
        tf.constant(image), found.png[0], found.transparent[0]
    )
    return decode._upright(pixels, found.orientation[0]).numpy()


@pytest.mark.parametrize("kind", ACCEPTED, ids=lambda kind: kind.name)
def test_without_resizing_they_are_equal_to_the_last_bit(kind):
    np.testing.assert_array_equal(
        unresized(kind.file), image_file.decode(kind.file)
    )


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if k.refused], ids=lambda kind: kind.name
)
def test_what_one_refuses_the_other_refuses(graph, kind):
    assert served(graph, kind.file, SQUARE) is None
    with pytest.raises(ValueError, match=r"cannot be|rare|at most"):
        image_file.decode(kind.file)


def by_pillow(image):
    """What a short script with Pillow makes of it."""
    with Image.open(io.BytesIO(image)) as opened:
        return np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))


@pytest.mark.filterwarnings("ignore:Palette images with Transparency")
@pytest.mark.parametrize("kind", ACCEPTED, ids=lambda kind: kind.name)
def test_pillow_differs_where_the_table_says_so(kind):
    same = np.array_equal(by_pillow(kind.file), image_file.decode(kind.file))
    assert same == kind.pillow


def row(kind: Kind) -> str:
    pillow = "the same" if kind.pillow else "other pixels"
    if kind.refused:
        pillow = "-"
    return f"| {kind.name} | {kind.result} | {kind.result} | {pillow} |"


def test_the_table_in_the_docs_is_this_one():
    table = [
        "| file | server | training's reader |"
        ' Pillow: `exif_transpose`, `convert("RGB")` |',
        "|---|---|---|---|",
        *map(row, KINDS),
    ]
    assert "\n".join(table) + "\n" in DOCS.read_text("utf-8")


def test_upright_and_turned_files_are_answered_alike(graph):
    upright = smooth(SQUARE, SQUARE)
    stored = np.rot90(upright)  # To be turned clockwise by its tag.
    turned = encoded(Image.fromarray(stored), "PNG", exif=b"Exif\0\0" + exif(6))
    np.testing.assert_array_equal(graph(turned, SQUARE), upright)


PICTURES = st.builds(
    lambda seed, height, width, channels: np.random.default_rng(seed).integers(
        0, 256, (height, width, channels), np.uint8
    ),
    st.integers(0, 1 << 30),
    st.integers(1, 70),
    st.integers(1, 70),
    st.sampled_from([2, 3, 4]),
)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(PICTURES, st.integers(0, 9), st.sampled_from(["PNG", "JPEG"]))
def test_any_picture_is_read_alike(graph, pixels, orientation, file_format):
    picture = Image.fromarray(pixels)
    if file_format == "JPEG":
        picture = picture.convert("RGB")
    image = encoded(picture, file_format, exif=b"Exif\0\0" + exif(orientation))
    theirs = graph(image, SQUARE)
    assert levels_apart(theirs, trained(image, SQUARE)) <= 1
