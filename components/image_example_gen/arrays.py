"""What the readers of stored pixels, as opposed to image files, share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from components.image_example_gen.image_file import resize
from components.image_example_gen.image_set import ImageSpec, Shard
from components.image_example_gen.layout import Layout
from modules.common.errors import UserError

Pixels = npt.NDArray[np.uint8]


def keys_of(shard: Shard) -> list[str]:
    """The keys of a shard's images, such as `data_batch_1.bin:00042`."""
    return [f"{shard.source}:{i:05d}" for i in range(shard.start, shard.stop)]


def resize_all(pixels: Pixels, spec: ImageSpec) -> Pixels:
    """Stored images as `spec` has them: uint8 [N, S, S, 3].

    Args:
      pixels: uint8 [N, H, W, 3], or [N, H, W] of grey images.
      spec: their size, and how they are resized to it.
    """
    if pixels.ndim == 3:
        pixels = np.repeat(pixels[..., None], 3, axis=3)
    size = spec.image_size
    if pixels.shape[1:3] == (size, size):
        return np.ascontiguousarray(pixels)
    found = np.empty((len(pixels), size, size, 3), np.uint8)
    for i, each in enumerate(pixels):
        found[i] = resize(np.ascontiguousarray(each), size, spec.resize)
    return found


def resized_remarks(layout: Layout, spec: ImageSpec) -> list[str]:
    """Says that all images are resized, if they are."""
    stored, size = layout.image_size, spec.image_size
    if stored == size:
        return []
    return [f"{stored}x{stored} pixels, resized to {size}x{size}"]


def labels_of(
    stored: npt.NDArray[np.integer],
    layout: Layout,
    spec: ImageSpec,
    *,
    file: Path,
    start: int = 0,
) -> npt.NDArray[np.int64]:
    """The labels from 0 on of what a file has from `layout.first_label` on.

    Args:
      stored: [N], the labels of consecutive images, as the file has them.
      layout: that of the file.
      spec: has the names of the classes.
      file: named in the error.
      start: which of the file's images is the first of `stored`.

    Raises:
      UserError: if one is not that of a class.
    """
    first, last = layout.first_label, len(spec.class_names) - 1
    labels = stored.astype(np.int64) - first
    if (wrong := np.flatnonzero((labels < 0) | (labels > last))).size:
        raise UserError(
            f"{file}: image {start + wrong[0]} has the label "
            f"{stored[wrong[0]]}, expected {first} to {first + last}; the file "
            "is damaged or of another data set, get it again."
        )
    return labels


def refuse_empty_class(
    root: Path, split: str, seen: npt.NDArray[np.int64], spec: ImageSpec
) -> None:
    """Raises a UserError if a class has no image in a split.

    Args:
      root: of the data set.
      split: its name.
      seen: int64 [classes], the images of each class.
      spec: has the names of the classes.
    """
    if (empty := np.flatnonzero(seen == 0)).size:
        name = spec.class_names[empty[0]]
        raise UserError(
            f"{root}: the {split} split has no image of class {name!r} (label "
            f"{empty[0]}), expected at least one; use complete files."
        )
