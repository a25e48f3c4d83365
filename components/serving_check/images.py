"""Images as users send them: those to refuse, and those to convert."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

BOMB_SIDE = 20_000


def refused(image: bytes) -> dict[str, bytes]:
    """Made from a good PNG, what must be refused, by a name for it."""
    picture = Image.open(io.BytesIO(image)).convert("RGB")
    upside_down = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    jpeg = _encoded(picture, "JPEG")
    return {
        "empty bytes": b"",
        "text": b"This is no image.",
        "a truncated PNG": image[: len(image) // 2],
        "a truncated JPEG": jpeg[: len(jpeg) // 2],
        "an animated GIF": _encoded(
            picture, "GIF", save_all=True, append_images=[upside_down]
        ),
        f"{BOMB_SIDE:,} x {BOMB_SIDE:,} pixels": bomb(BOMB_SIDE),
    }


def converted(image: bytes) -> dict[str, bytes]:
    """Made from a good PNG, what must be answered, by a name for it."""
    picture = Image.open(io.BytesIO(image)).convert("RGB")
    grey = picture.convert("L")
    deep = np.asarray(grey).astype(np.uint16) * 257
    return {
        "a 16-bit PNG": _encoded(Image.fromarray(deep), "PNG"),
        "a grey PNG": _encoded(grey, "PNG"),
        "an RGBA PNG": _encoded(picture.convert("RGBA"), "PNG"),
        "a CMYK JPEG": _encoded(picture.convert("CMYK"), "JPEG"),
        "a larger JPEG": _encoded(picture.resize((100, 80)), "JPEG"),
    }


def bomb(side: int) -> bytes:
    """A valid black PNG of side x side pixels, one bit each, a few kB."""
    row = b"\0" * (1 + (side + 7) // 8)  # Filter type, then the pixels.
    packer = zlib.compressobj()
    data = b"".join(packer.compress(row) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, content)
        for kind, content in (
            (b"IHDR", header),
            (b"IDAT", data + packer.flush()),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def _encoded(picture: Image.Image, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()
