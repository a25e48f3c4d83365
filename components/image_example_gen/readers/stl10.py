"""STL-10's binary files: images in one, labels in another, if they have any.

An image is its red, green and blue planes, each column by column; labels begin
at 1 (https://cs.stanford.edu/~acoates/stl10/).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from components.image_example_gen.arrays import Pixels
from components.image_example_gen.layout import Layout
from modules.common.errors import UserError


def load(files: tuple[Path, ...], layout: Layout) -> tuple[Pixels, Pixels]:
    """Images uint8 [N, H, W, 3], mapped, and labels uint8 [N].

    Raises:
      UserError: if a file is truncated.
    """
    images, labels = files
    return load_images(images, layout), _mapped(labels, 1, layout)[:, 0]


def load_images(path: Path, layout: Layout) -> Pixels:
    """The images of one file, uint8 [N, H, W, 3], mapped.

    Raises:
      UserError: if it is truncated.
    """
    side = layout.image_size
    planes = _mapped(path, 3 * side**2, layout).reshape(-1, 3, side, side)
    return planes.transpose(0, 3, 2, 1)


def _mapped(path: Path, record: int, layout: Layout) -> Pixels:
    size = path.stat().st_size
    if not size or size % record or size // record > layout.records:
        raise UserError(
            f"{path} has {size:,} bytes, expected 1 to {layout.records:,} "
            f"times {record:,}; it is truncated or of another data set, get "
            "it again."
        )
    return np.memmap(path, np.uint8, mode="r").reshape(-1, record)
