"""Parses the header of an image file, in plain Python.

Training's reader of image folders uses this module, the served graph
`modules/export/headers.py`, which does the same with TensorFlow's operations on
a whole batch. Both follow the rules that are stated here, and one test holds
them together.

PNG: the chunks before the first IDAT count. JPEG: the segments before the
frame. An Exif orientation is the first entry of that tag among the first
`MAX_TAGS` of the first directory, a SHORT of count 1, as browsers read it.
"""

from __future__ import annotations

import dataclasses

MAX_PIXELS = 1 << 24
"""The most pixels an image may have, 4,096 x 4,096: 48 MiB when decoded."""

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"  # Width and height follow.
JPEG = b"\xff\xd8\xff"  # Segments follow; one of them is the frame's.
MAX_SEGMENTS = 512  # Metadata takes a few; a colour profile 255 at most.

MAX_SCANS = 100
"""The most scans of a JPEG: a decoder goes through all pixels for each.

Encoders make up to about a dozen. A small file has room for thousands, which
take minutes (libjpeg-turbo, *Two Issues with the JPEG Standard*).
"""
SCAN_START = b"\xff\xda"  # Compressed data never has it; metadata may.

PREFIX, START, END, SCAN = 0xFF, 0xD8, 0xD9, 0xDA
APP1, APP14 = 0xE1, 0xEE
FRAMES = (0xC0, 0xC1, 0xC2)  # Baseline, extended and progressive.
# Lossless, hierarchical and arithmetic-coded: not every decoder knows them.
RARE_FRAMES = (0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), 0xCD, 0xCE, 0xCF)
NO_LENGTH = (*range(0xD0, 0xD8), START, END)

FIRST_CHUNK = len(PNG) + 17  # After IHDR's 13 bytes and its checksum.
PIXELS, EXIF, TRANSPARENCY = b"IDAT", b"eXIf", b"tRNS"
RGB, WITH_ALPHA = 2, (4, 6)  # Colour types of a PNG.

EXIF_START = b"Exif\0\0"  # Of an APP1 segment; the TIFF structure follows.
ADOBE_START = b"Adobe"  # Of an APP14 segment: CMYK is stored inverted then.
LITTLE, BIG = b"II*\0", b"MM\0*"
ORIENTATION, SHORT = 0x0112, 3
MAX_TAGS, TAG_BYTES = 64, 12

RARE = (
    "is of a rare kind that is not accepted (a 16-bit RGB PNG with one "
    "transparent colour; a JPEG that is lossless, hierarchical, "
    "arithmetic-coded, CMYK without Adobe's marker, or of more than "
    f"{MAX_SCANS} scans): save it as an 8-bit PNG or an RGB JPEG"
)


@dataclasses.dataclass(frozen=True)
class Header:
    """The header fields of an image file, before decoding.

    Attributes:
      known: whether it begins as a PNG or JPEG file does.
      size: height and width, pixels; one of them is 0 in a damaged header.
      orientation: Exif's, 1 (upright) to 8.
      transparent: whether it may have pixels that are not opaque.
      rare: whether it is refused as `RARE`.
    """

    known: bool = False
    size: tuple[int, int] = (0, 0)
    orientation: int = 1
    transparent: bool = False
    rare: bool = False


def read_header(image: bytes) -> Header:
    """The header of an image file."""
    if image.startswith(PNG):
        return _png(image)
    if image.startswith(JPEG):
        return _jpeg(image)
    return Header()


def _png(image: bytes) -> Header:
    size = (_number(image, 20, 4), _number(image, 16, 4))
    depth, colour = _byte(image, 24), _byte(image, 25)
    transparent_colour, tiff = False, b""
    position = FIRST_CHUNK
    for _ in range(MAX_SEGMENTS):
        length, kind = _number(image, position, 4), image[position + 4 :][:4]
        if kind == PIXELS or len(kind) < 4:
            break
        transparent_colour |= kind == TRANSPARENCY
        if kind == EXIF and not tiff:
            tiff = image[position + 8 : position + 8 + length]
        position += length + 12
    return Header(
        known=True,
        size=size,
        orientation=_orientation(tiff),
        transparent=transparent_colour or colour in WITH_ALPHA,
        rare=transparent_colour and colour == RGB and depth == 16,
    )


def _jpeg(image: bytes) -> Header:
    """Walks the segments up to the frame.

    What a decoder would pass over with a warning is not passed over here, so
    that no decoder can find another frame.
    """
    position, tiff, adobe = 2, b"", False
    for _ in range(MAX_SEGMENTS):
        if _byte(image, position) != PREFIX:
            break
        code, length = _byte(image, position + 1), _number(image, position + 2)
        if code in FRAMES or code in RARE_FRAMES:
            return Header(
                known=True,
                size=(
                    _number(image, position + 5),
                    _number(image, position + 7),
                ),
                orientation=_orientation(tiff),
                rare=code in RARE_FRAMES
                or (_byte(image, position + 9) == 4 and not adobe)
                or image.count(SCAN_START) > MAX_SCANS,
            )
        if code == PREFIX:
            position += 1
            continue
        if code in (*NO_LENGTH, SCAN) or code <= 0xBF or length < 2:
            break
        content = image[position + 4 : position + 2 + length]
        if code == APP1 and content.startswith(EXIF_START) and not tiff:
            tiff = content[len(EXIF_START) :]
        adobe |= code == APP14 and content.startswith(ADOBE_START)
        position += length + 2
    return Header(known=True)


def _orientation(tiff: bytes) -> int:
    """Exif's orientation in a TIFF structure; 1 where there is none."""
    if tiff[:4] not in (LITTLE, BIG):
        return 1
    order = "little" if tiff[:4] == LITTLE else "big"

    def number(position: int, length: int = 2) -> int:
        found = tiff[position : position + length].ljust(length, b"\0")
        return int.from_bytes(found, order)  # type: ignore[arg-type]

    directory = number(4, 4)
    for i in range(min(number(directory), MAX_TAGS)):
        entry = directory + 2 + TAG_BYTES * i
        if (number(entry), number(entry + 2), number(entry + 4, 4)) == (
            ORIENTATION,
            SHORT,
            1,
        ):
            value = number(entry + 8)
            return value if 1 <= value <= 8 else 1
    return 1


def _byte(image: bytes, position: int) -> int:
    return _number(image, position, 1)


def _number(image: bytes, position: int, length: int = 2) -> int:
    """A big-endian number; zeros follow the end of the file."""
    found = image[position : position + length].ljust(length, b"\0")
    return int.from_bytes(found, "big")
