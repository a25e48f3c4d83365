"""SVHN's MATLAB files (cropped digits): `X` [H, W, 3, N] and `y` [N, 1].

http://ufldl.stanford.edu/housenumbers/: MATLAB 5 files, which SciPy reads; the
shapes are looked at before anything is unpacked.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import io

from components.image_example_gen.arrays import Pixels
from components.image_example_gen.layout import Layout
from modules.common.errors import UserError


def load(files: tuple[Path, ...], layout: Layout) -> tuple[Pixels, Pixels]:
    """Images uint8 [N, H, W, 3] and labels uint8 [N].

    Raises:
      UserError: if the file is not what its name says.
    """
    (path,) = files
    try:
        found = {name: (shape, kind) for name, shape, kind in io.whosmat(path)}
        count = _count(path, found, layout)
        arrays = io.loadmat(path, variable_names=["X", "y"])
        pixels = np.asarray(arrays["X"], np.uint8)
        labels = np.asarray(arrays["y"], np.int64).reshape(-1)
        if pixels.shape[3] != count or labels.shape != (count,):
            raise ValueError("its header names other shapes")
    except UserError:
        raise
    except Exception as error:
        # SciPy's parser raises whatever damaged bytes lead it to.
        reason = str(error).replace("\n", " ") or type(error).__name__
        raise UserError(
            f"{path} cannot be read as a MATLAB 5 file ({reason}); get it "
            "again."
        ) from error
    return pixels.transpose(3, 0, 1, 2), labels.clip(0, 255).astype(np.uint8)


def _count(
    path: Path, found: dict[str, tuple[tuple[int, ...], str]], layout: Layout
) -> int:
    """The number of images, from the header."""
    shape, kind = found.get("X", ((), "nothing"))
    size = layout.image_size
    good = len(shape) == 4 and shape[:3] == (size, size, 3)
    count = shape[3] if good else 0
    labels, _ = found.get("y", ((), ""))
    if (
        not 0 < count <= layout.records
        or kind != "uint8"
        or sorted(labels) != sorted((count, 1))
    ):
        raise UserError(
            f"{path} has X of the shape {shape} ({kind}) and y of {labels}, "
            f"expected uint8 ({size}, {size}, 3, N) and (N, 1), with N up to "
            f"{layout.records:,}; it is of another data set or damaged."
        )
    return count
