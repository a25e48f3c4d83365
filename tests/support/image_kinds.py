"""Image files of every kind that people have, made; each by a name for it."""

from __future__ import annotations

import dataclasses
import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 24, 32


@dataclasses.dataclass(frozen=True)
class Kind:
    """An image file and what becomes of it.

    Attributes:
      name: what it is, for the table in docs/SERVING.md.
      file: the bytes.
      result: what both sides make of it, in words.
      refused: whether both refuse it.
      pillow: whether `ImageOps.exif_transpose` and `convert("RGB")` give the
        same pixels.
    """

    name: str
    file: bytes
    result: str = "unchanged"
    refused: bool = False
    pillow: bool = True


def smooth(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A colourful picture, different in all its corners: uint8 [H, W, 3]."""
    random = np.random.default_rng(5)
    small = random.integers(0, 256, (6, 8, 3), np.uint8)
    picture = Image.fromarray(small)
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC))


def encoded(picture: Image.Image, file_format: str, **options: Any) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file."""
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png(
    width: int, depth: int, colour: int, rows: list[bytes], before: bytes = b""
) -> bytes:
    """A PNG file of raw rows, with other chunks before its pixels."""
    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            chunk(b"IHDR", header),
            before,
            chunk(b"IDAT", data),
            chunk(b"IEND", b""),
        )
    )


def exif(orientation: int, *, little: bool = False) -> bytes:
    """A TIFF structure with a description and an orientation."""
    order = "<" if little else ">"
    start = (b"II*\0" if little else b"MM\0*") + struct.pack(order + "I", 8)
    tags = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    other = struct.pack(order + "HHII", 0x010E, 2, 4, 0)
    return start + struct.pack(order + "H", 2) + other + tags + b"\0" * 4


def big_endian(samples: np.ndarray) -> list[bytes]:
    """Rows of samples as PNG has them."""
    kind = ">u2" if samples.dtype == np.uint16 else ">u1"
    return [row.astype(kind).tobytes() for row in samples]


def kinds() -> list[Kind]:
    """All of them."""
    return [*_png(), *_transparent(), *_jpeg(), *_turned(), *_refused()]


_RGB = smooth()
_PICTURE = Image.fromarray(_RGB)
_GREY = _PICTURE.convert("L")
_NOISE = np.random.default_rng(6).integers(0, 256, _RGB.shape, np.uint16)
_DEEP = (_RGB.astype(np.uint16) << 8) | _NOISE
_ALPHA = np.tile(np.arange(WIDTH, dtype=np.uint8) * 8, (HEIGHT, 1))
_RGBA = Image.fromarray(np.dstack([_RGB, _ALPHA]))


def _png() -> Iterator[Kind]:
    upper = "the upper 8 of its 16 bits"
    yield Kind("PNG, RGB", encoded(_PICTURE, "PNG"))
    yield Kind("PNG, grey", encoded(_GREY, "PNG"), "grey as RGB")
    for depth in (1, 2, 4):
        row = bytes(range(0, 256, 37))
        file = png(len(row) * 8 // depth, depth, 0, [row, row[::-1]] * 6)
        yield Kind(f"PNG, grey, {depth} bit", file, "grey as RGB")
    yield Kind("PNG, palette", encoded(_PICTURE.quantize(99), "PNG"), "RGB")
    yield Kind(
        "PNG, palette, 2 bit", encoded(_PICTURE.quantize(4), "PNG"), "RGB"
    )
    grey = png(WIDTH, 16, 0, big_endian(_DEEP[..., 0]))
    yield Kind("PNG, grey, 16 bit", grey, upper, pillow=False)
    yield Kind("PNG, RGB, 16 bit", png(WIDTH, 16, 2, _flat(_DEEP)), upper)
    yield Kind("PNG, interlaced", _interlaced(), "RGB")
    animated = encoded(
        _PICTURE,
        "PNG",
        save_all=True,
        append_images=[Image.fromarray(255 - _RGB)],
    )
    yield Kind("PNG, animated", animated, "its first picture")
    profile = encoded(_PICTURE, "PNG", icc_profile=b"profile" * 99)
    yield Kind("PNG with an ICC profile", profile, "the profile is ignored")
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000))
    yield Kind(
        "PNG with gamma",
        png(WIDTH, 8, 2, _flat(_RGB), gamma),
        "gamma is ignored",
    )


def _transparent() -> Iterator[Kind]:
    def kind(name: str, file: bytes) -> Kind:
        return Kind(name, file, "composited on white", pillow=False)

    grey = np.asarray(_GREY)
    deep_alpha = _ALPHA.astype(np.uint16) << 8 | 7
    yield kind("PNG, RGB with alpha", encoded(_RGBA, "PNG"))
    yield kind(
        "PNG, grey with alpha",
        encoded(Image.fromarray(np.dstack([grey, _ALPHA])), "PNG"),
    )
    yield kind(
        "PNG, RGB with alpha, 16 bit",
        png(WIDTH, 16, 6, _flat(np.dstack([_DEEP, deep_alpha]))),
    )
    yield kind(
        "PNG, grey with alpha, 16 bit",
        png(WIDTH, 16, 4, _flat(np.dstack([_DEEP[..., 0], deep_alpha]))),
    )
    palette = _PICTURE.quantize(16)
    yield kind(
        "PNG, palette with alpha",
        encoded(palette, "PNG", transparency=bytes(range(0, 256, 16))),
    )
    small = _PICTURE.quantize(4)
    yield kind(
        "PNG, palette with alpha, 2 bit",
        encoded(small, "PNG", transparency=b"\0\x40\x80\xff"),
    )
    yield kind(
        "PNG, RGB with a transparent colour",
        encoded(_PICTURE, "PNG", transparency=tuple(map(int, _RGB[3, 4]))),
    )
    yield kind(
        "PNG, grey with a transparent level",
        encoded(_GREY, "PNG", transparency=int(grey[3, 4])),
    )
    level = chunk(b"tRNS", struct.pack(">H", 1))
    yield kind(
        "PNG, grey with a transparent level, 2 bit",
        png(16, 2, 0, [b"\x1b\x2d\x39\xe4"] * 8, level),
    )
    level = chunk(b"tRNS", struct.pack(">H", int(_DEEP[3, 4, 0])))
    yield kind(
        "PNG, grey with a transparent level, 16 bit",
        png(WIDTH, 16, 0, big_endian(_DEEP[..., 0]), level),
    )


def _jpeg() -> Iterator[Kind]:
    yield Kind("JPEG", encoded(_PICTURE, "JPEG"))
    sharp = encoded(_PICTURE, "JPEG", subsampling=0, quality=95)
    yield Kind("JPEG, 4:4:4", sharp)
    yield Kind("JPEG, 4:2:2", encoded(_PICTURE, "JPEG", subsampling=1))
    yield Kind("JPEG, grey", encoded(_GREY, "JPEG"), "grey as RGB")
    yield Kind("JPEG, progressive", encoded(_PICTURE, "JPEG", progressive=True))
    yield Kind("JPEG, stored as RGB", encoded(_PICTURE, "JPEG", keep_rgb=True))
    cmyk = encoded(_PICTURE.convert("CMYK"), "JPEG")
    yield Kind("JPEG, CMYK (Adobe)", cmyk, "RGB, by subtraction")
    marker = cmyk.index(b"\xff\xee")
    ycck = bytearray(cmyk)
    ycck[marker + 15] = 2  # Adobe's transform: the samples are YCCK.
    yield Kind("JPEG, YCCK", bytes(ycck), "RGB, by subtraction")
    profile = encoded(_PICTURE, "JPEG", icc_profile=b"profile" * 20_000)
    yield Kind("JPEG with an ICC profile", profile, "the profile is ignored")
    several = encoded(
        _PICTURE, "MPO", save_all=True, append_images=[_PICTURE.rotate(180)]
    )
    yield Kind("JPEG of several pictures (MPO)", several, "its first picture")


def _turned() -> Iterator[Kind]:
    for orientation in range(2, 9):
        data = exif(orientation, little=orientation % 2 == 0)
        yield Kind(
            f"JPEG, Exif orientation {orientation}",
            encoded(_PICTURE, "JPEG", exif=b"Exif\0\0" + data),
            "turned upright",
        )
    turned = encoded(_PICTURE, "PNG", exif=b"Exif\0\0" + exif(6))
    yield Kind("PNG, Exif orientation 6", turned, "turned upright")
    small = encoded(_PICTURE.quantize(4), "PNG", exif=b"Exif\0\0" + exif(6))
    yield Kind(
        "PNG, palette, 2 bit, Exif orientation 6", small, "turned upright"
    )


def _refused() -> Iterator[Kind]:
    for file_format in ("GIF", "BMP", "TIFF", "WEBP"):
        file = encoded(_PICTURE, file_format)
        yield Kind(file_format, file, "refused", refused=True)
    colour = chunk(b"tRNS", struct.pack(">HHH", *map(int, _DEEP[3, 4])))
    yield Kind(
        "PNG, RGB with a transparent colour, 16 bit",
        png(WIDTH, 16, 2, _flat(_DEEP), colour),
        "refused",
        refused=True,
    )
    whole = encoded(_PICTURE, "PNG")
    pixels_checksum = len(whole) - len(chunk(b"IEND", b"")) - 1
    for name, file in (
        ("without its last byte", whole[:-1]),
        (
            "with a wrong checksum",
            whole[:pixels_checksum]
            + bytes([whole[pixels_checksum] ^ 1])
            + whole[pixels_checksum + 1 :],
        ),
    ):
        yield Kind(f"PNG {name}", file, "refused", refused=True)
    jpeg = bytearray(encoded(_PICTURE, "JPEG"))
    jpeg[jpeg.index(b"\xff\xc0") + 1] = 0xC9
    yield Kind("JPEG, arithmetic-coded", bytes(jpeg), "refused", refused=True)
    cmyk = encoded(_PICTURE.convert("CMYK"), "JPEG")
    marker = cmyk.index(b"\xff\xee")
    yield Kind(
        "JPEG, CMYK without Adobe's marker",
        cmyk[:marker] + cmyk[marker + 16 :],
        "refused",
        refused=True,
    )
    file = encoded(_PICTURE, "JPEG", progressive=True)
    last, end = file.rindex(b"\xff\xda"), len(file) - 2
    yield Kind(
        "JPEG of more than 100 scans",
        file[:end] + 100 * file[last:end] + file[end:],
        "refused",
        refused=True,
    )
    yield Kind("more than 16,777,216 pixels", _large(), "refused", refused=True)


def _large() -> bytes:
    rows = 4_097
    header = struct.pack(">IIBBBBB", 4_096, rows, 1, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * (513 * rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b""))
    )


def _flat(samples: np.ndarray) -> list[bytes]:
    """Rows of pixels, their channels side by side."""
    return big_endian(samples.reshape(samples.shape[0], -1))


def _interlaced() -> bytes:
    """The picture as Adam7 has it, seven smaller pictures one by one."""
    data = b""
    for top, left, down, right in (
        (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4),
        (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1),
    ):  # fmt: skip
        for row in _RGB[top::down, left::right]:
            data += b"\0" + row.tobytes()
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(data)),
            chunk(b"IEND", b""),
        )
    )
