"""Decodes an image file to pixels, by the same rules as the served graph.

`modules/export/decode.py` is the counterpart in TensorFlow operations; a test
with generated files keeps the two consistent, and docs/SERVING.md has the
table. Both refuse files for which their results would differ.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from components.image_example_gen import png
from modules.common.errors import UserError, escaped
from modules.common.image_header import MAX_PIXELS, RARE, read_header
from modules.common.resizing import Resize, fitted

FORMATS = ("PNG", "JPEG")
MAX_BYTES = 1 << 28
"""The largest image file that is read, 256 MiB."""

Pixels = npt.NDArray[np.uint8]


def read_image(
    path: Path, size: int, rule: Resize = "squash"
) -> tuple[Pixels, bool]:
    """Reads and decodes an image file.

    Returns:
      uint8 [size, size, 3], and whether it was of another size before.

    Raises:
      UserError: if it is no regular file or cannot be decoded; one line that
        begins with the path.
    """
    content = read_regular_file(path)
    try:
        pixels = decode(content)
    except ValueError as error:
        raise UserError(
            f"{printable(path)} {error}; replace or remove it."
        ) from error
    return resize(pixels, size, rule), pixels.shape[:2] != (size, size)


def read_regular_file(path: Path) -> bytes:
    """The content of a file, opened so that a pipe or device cannot block.

    Raises:
      UserError: if it is a pipe, device, socket or folder, or too large.
      OSError: if it cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UserError(
            f"{printable(path)} cannot be opened ({error.strerror}), expected "
            "a PNG or JPEG file; replace or remove it."
        ) from error
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UserError(
                f"{printable(path)} is not a regular file (a pipe, device or "
                "folder), expected a PNG or JPEG file; remove it."
            )
        if status.st_size > MAX_BYTES:
            raise UserError(
                f"{printable(path)} has {status.st_size:,} bytes, expected at "
                f"most {MAX_BYTES:,}; replace or remove it."
            )
        return file.read()


def printable(path: Path | str) -> str:
    """A path for a message: on one line that any terminal can show.

    Bytes that are no UTF-8, line breaks and other control characters come
    escaped: a name may have been made to be taken for another message.
    """
    return escaped(os.fsencode(path).decode(errors="backslashreplace"))


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Without Pillow's warnings of damaged metadata, which is not used.

    Enter it around threads, not in them: Python's filters are global.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def decode(image: bytes) -> Pixels:
    """The pixels of a PNG or JPEG file, upright, on white: uint8 [H, W, 3].

    Raises:
      ValueError: if it cannot be decoded; the message continues a sentence
        that begins with the image's name.
    """
    header = read_header(image)
    if not header.known:
        raise ValueError(
            "cannot be decoded as an image: it is empty, or no PNG or JPEG "
            "file whatever its name is, expected one of these"
        )
    if header.rare:
        raise ValueError(RARE)
    height, width = header.size
    if height * width > MAX_PIXELS:
        raise ValueError(
            f"is {width} x {height} pixels, expected at most {MAX_PIXELS:,} "
            "in all: scale it down"
        )
    try:
        with Image.open(io.BytesIO(image), formats=FORMATS) as opened:
            if opened.size != (width, height):
                raise ValueError("its header is damaged")
            colour, alpha = _samples(opened, image)
            if opened.format == "PNG" and not png.is_whole(image):
                raise ValueError("it is cut off, or a checksum is wrong")
    except Exception as error:
        # Pillow's decoders raise whatever their parsing runs into: OSError,
        # SyntaxError, struct.error, ValueError, IndexError, MemoryError...
        reason = str(error).replace("\n", " ") or type(error).__name__
        raise ValueError(
            f"cannot be decoded as an image ({reason}), expected a whole, "
            "undamaged PNG or JPEG file"
        ) from error
    return _upright(_on_white(colour, alpha), header.orientation)


def _samples(opened: Image.Image, image: bytes) -> tuple[Pixels, Pixels | None]:
    """RGB, uint8 [H, W, 3], and alpha, uint8 [H, W], unless all is opaque."""
    transparent = opened.info.get("transparency")
    if opened.mode == "P" and transparent is not None:
        return _split(opened)
    if opened.mode in ("LA", "RGBA", "PA"):
        return _split(opened)
    if opened.mode == "I;16":
        # Pillow's own conversion clips at 255 instead of scaling.
        raw = np.asarray(opened)
        alpha = None if transparent is None else _alpha(raw == transparent)
        grey = (raw >> 8).astype(np.uint8)
        return np.stack([grey] * 3, axis=2), alpha
    if opened.mode not in ("1", "L", "P", "RGB", "CMYK"):
        raise ValueError(f"its mode is {opened.mode}")
    rgb = np.asarray(opened.convert("RGB"))
    if opened.format != "PNG" or transparent is None:
        return rgb, None
    if opened.mode == "RGB":
        return rgb, _alpha((rgb == transparent).all(axis=2))
    # Samples of 1, 2 and 4 bits are scaled to 8, the transparent one is not.
    scale = 255 // ((1 << image[24]) - 1)
    return rgb, _alpha(rgb[..., 0] == transparent * scale)


def _split(opened: Image.Image) -> tuple[Pixels, Pixels]:
    rgba = np.asarray(opened.convert("RGBA"))
    return rgba[..., :3], rgba[..., 3]


def _alpha(transparent: npt.NDArray[np.bool_]) -> Pixels:
    return np.where(transparent, 0, 255).astype(np.uint8)


def _on_white(colour: Pixels, alpha: Pixels | None) -> Pixels:
    """Lays pixels on a white ground, rounded to the nearest."""
    if alpha is None:
        return colour
    part = alpha[..., None].astype(np.uint16)
    mixed = colour * part + 255 * (255 - part)
    return ((mixed + 127) // 255).astype(np.uint8)


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Applies an Exif orientation."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def resize(pixels: Pixels, size: int, rule: Resize = "squash") -> Pixels:
    """Bilinear with antialiasing: uint8 [H, W, 3] to [size, size, 3]."""
    height, width = pixels.shape[:2]
    if (height, width) == (size, size):
        return pixels
    image = Image.fromarray(pixels)
    if rule == "squash":
        return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))
    longer = max(height, width)
    rows, columns = (
        max(1, fitted(side, longer, size)) for side in (height, width)
    )
    small = image.resize((columns, rows), Image.Resampling.BILINEAR)
    top, left = (size - rows) // 2, (size - columns) // 2
    canvas = np.zeros((size, size, 3), np.uint8)
    canvas[top : top + rows, left : left + columns] = np.asarray(small)
    return canvas
