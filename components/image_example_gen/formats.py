"""The two on-disk formats of a labelled image set: detecting, opening.

The command line inspects a data set with these functions before anything
runs; ImageExampleGen's executor then reads the same files shard by shard.
Pure numpy and PIL: no TensorFlow, no Beam.
"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import Literal

from components.image_example_gen import binary
from components.image_example_gen.binary import BinaryImageSet
from components.image_example_gen.folder_layout import is_flat
from components.image_example_gen.image_file import printable
from components.image_example_gen.image_folder import FolderImageSet
from components.image_example_gen.image_set import SPLITS, ImageSet, ImageSpec
from modules.common.errors import UserError

DataFormat = Literal["binary", "image_folder"]

# Files by which other versions of the data set, and others, are known.
_FOREIGN = {
    "the Python version of CIFAR-10 (pickles)": {"data_batch_1"},
    "the Matlab version of CIFAR-10": {"data_batch_1.mat"},
    "the binary version of CIFAR-100": {"train.bin", "fine_label_names.txt"},
    "the Python version of CIFAR-100 (pickles)": {"train", "test", "meta"},
    "the Matlab version of CIFAR-100": {"train.mat", "test.mat", "meta.mat"},
}
FOREIGN_DIRECTORIES = (
    "cifar-10-batches-py",
    "cifar-10-batches-mat",
    "cifar-100-binary",
    "cifar-100-python",
    "cifar-100-matlab",
)


def foreign_kind(names: Set[str]) -> str | None:
    """What a collection of files is that is known, but not read."""
    for kind, marks in _FOREIGN.items():
        if marks <= names:
            return kind
    return None


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
    _refuse_foreign(path)
    if is_flat(path):
        return path, "image_folder"
    found = sorted(printable(Path(child.name)) for child in path.iterdir())
    raise UserError(
        f"{path} is not a data set: found "
        f"{', '.join(found[:3]) or 'nothing'} in it, expected "
        f"{binary.DIRECTORY}/, data_batch_1.bin … test_batch.bin, "
        "or folders of images: train/<class>/ and test/<class>/, or <class>/."
    )


def _refuse_foreign(path: Path) -> None:
    """Names a directory of another version or data set for what it is."""
    for candidate in (path, *(path / name for name in FOREIGN_DIRECTORIES)):
        if not candidate.is_dir():
            continue
        if kind := foreign_kind({child.name for child in candidate.iterdir()}):
            raise UserError(
                f"{candidate} is {kind}, which is not supported; expected the "
                "binary version of CIFAR-10: get cifar-10-binary.tar.gz."
            )
