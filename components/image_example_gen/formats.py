"""The two on-disk formats of a labelled image set: which one, and opening it.

The command line inspects a data set with these functions before anything
runs; ImageExampleGen's executor then reads the same files shard by shard.
Pure numpy and PIL: no TensorFlow, no Beam.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from components.image_example_gen import binary
from components.image_example_gen.binary import BinaryImageSet
from components.image_example_gen.image_folder import FolderImageSet
from components.image_example_gen.image_set import SPLITS, ImageSet, ImageSpec
from modules.common.errors import UserError

DataFormat = Literal["binary", "image_folder"]


def open_image_set(
    root: Path, data_format: DataFormat, spec: ImageSpec
) -> ImageSet:
    """The data set of a known format under the directory `root`."""
    if data_format == "binary":
        return BinaryImageSet(root, spec)
    return FolderImageSet(root, spec)


def detect(path: Path) -> tuple[Path, DataFormat]:
    """Finds out which format a directory is in.

    Args:
      path: the directory of batch files, its parent, or an image folder.

    Returns:
      The directory to read, and its format.

    Raises:
      UserError: if it is neither.
    """
    for candidate in (path, path / binary.DIRECTORY):
        if any((candidate / name).exists() for name in binary.FILES):
            return candidate, "binary"
    if any((path / split).is_dir() for split in SPLITS):
        return path, "image_folder"
    found = sorted(child.name for child in path.iterdir())[:3]
    raise UserError(
        f"{path} is no data set: found {', '.join(found) or 'nothing'} in it, "
        f"expected {binary.DIRECTORY}/, data_batch_1.bin … test_batch.bin, or "
        "the image folders train/<class>/ and test/<class>/."
    )
