"""Headers are read in the graph, as training's reader does in plain Python."""

import struct

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from modules.common.image_header import read_header
from modules.export.headers import read_headers
from tests.support.image_kinds import chunk, exif, kinds, png
from tests.support.modules.exported import encoded

PIXELS = np.zeros((20, 30, 3), np.uint8)
PNG = encoded(PIXELS)
JPEG = encoded(PIXELS, "JPEG")


@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def columns_of(images):
    """The graph's headers, by field."""
    return vars(read_headers(images))


def sizes(*images):
    headers = columns_of(tf.constant(list(images)))
    return headers["known"].numpy().tolist(), headers["size"].numpy().tolist()


def description():
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
        ("JPEG", {"exif": description()}),
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


def both(*images):
    """What plain Python and the graph read, each a list."""
    headers = columns_of(tf.constant(list(images)))
    fields = ("known", "size", "orientation", "transparent", "rare")
    columns = [headers[field].numpy().tolist() for field in fields]
    ours = []
    for image in images:
        header = read_header(image)
        values = [getattr(header, field) for field in fields]
        ours.append([list(v) if isinstance(v, tuple) else v for v in values])
    return ours, [list(row) for row in zip(*columns, strict=True)]


def without_the_damaged(rows):
    """Of what cannot be decoded, only that is compared."""
    return [row if 0 not in row[1] else row[:1] for row in rows]


def test_the_graph_reads_of_every_kind_what_plain_python_reads():
    ours, graph = both(*(kind.file for kind in kinds()))
    assert without_the_damaged(graph) == without_the_damaged(ours)


TIFF = exif(6, little=True)
FILES = [kind.file[:3_000] for kind in kinds()]
SPLICES = [
    b"\xff\xd8", b"\xff\xe1", b"\xff\xee\0\x0eAdobe", b"\xff\xc0", b"\xff\xc2",
    b"\xff\xc9", b"\xff\xff", b"\xff\xe1\0\x3aExif\0\0" + TIFF, b"II*\0",
    b"MM\0*", b"\x12\x01\x03\0\x01\0\0\0", b"\0\0\0\0", b"\xff" * 8,
    chunk(b"eXIf", TIFF), chunk(b"tRNS", b"\0\1"), b"IDAT", b"IHDR",
]  # fmt: skip


@st.composite
def damaged(draw):
    """A file of some kind with a few bytes written over or put in."""
    image = bytearray(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, min(len(image), 200)))
        piece = draw(st.sampled_from(SPLICES) | st.binary(min_size=1))
        over = draw(st.sampled_from([0, len(piece)]))
        image[at : at + over] = piece
    return bytes(image)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(damaged(), min_size=8, max_size=8))
def test_damaged_headers_are_read_alike(images):
    ours, graph = both(*images)
    assert without_the_damaged(graph) == without_the_damaged(ours)


def tags(*entries, order="<", first=8):
    """A TIFF structure of (tag, type, count, value)."""
    start = {"<": b"II*\0", ">": b"MM\0*"}[order]
    body = b"".join(struct.pack(order + "HHIHH", *e, 0) for e in entries)
    head = start + struct.pack(order + "I", first)
    return head + struct.pack(order + "H", len(entries)) + body + b"\0" * 4


OTHER = (0x010E, 2, 4, 0)


@pytest.mark.parametrize(
    ("tiff", "orientation"),
    [
        (tags((0x0112, 3, 1, 6)), 6),
        (tags((0x0112, 3, 1, 8), order=">"), 8),
        (tags(OTHER, OTHER, (0x0112, 3, 1, 3)), 3),
        (tags(*[OTHER] * 63, (0x0112, 3, 1, 3)), 3),
        (tags(*[OTHER] * 64, (0x0112, 3, 1, 3)), 1),
        (tags((0x0112, 3, 1, 5), (0x0112, 3, 1, 6)), 5),
        (tags((0x0112, 3, 1, 0)), 1),
        (tags((0x0112, 3, 1, 9)), 1),
        (tags((0x0112, 4, 1, 6)), 1),
        (tags((0x0112, 3, 2, 6)), 1),
        (tags((0x0112, 3, 1, 6), first=1 << 31), 1),
        (tags((0x0112, 3, 1, 6))[:-10], 1),
        (b"XX*\0" + tags((0x0112, 3, 1, 6))[4:], 1),
        (b"", 1),
    ],
)
def test_the_orientation_is_the_first_short_of_the_first_directory(
    tiff, orientation
):
    row = b"\0" * 12
    jpeg = JPEG[:2] + b"\xff\xe1" + struct.pack(">H", len(tiff) + 8)
    jpeg += b"Exif\0\0" + tiff + JPEG[2:]
    images = jpeg, png(4, 8, 2, [row] * 4, chunk(b"eXIf", tiff))
    for found in both(*images):
        assert [row[2] for row in found] == [orientation] * 2


def test_what_comes_after_the_pixels_does_not_count():
    late = png(4, 8, 2, [b"\0" * 12] * 4)
    end = late.index(b"IEND") - 4
    late = late[:end] + chunk(b"eXIf", TIFF) + late[end:]
    for found in both(late):
        assert found[0][2] == 1
