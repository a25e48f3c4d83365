"""The on-disk formats of a labelled image set: detecting, opening.

The command line inspects a data set with these functions before anything
runs; ImageExampleGen's executor then reads the same files shard by shard.
Pure numpy and PIL: no TensorFlow, no Beam.
"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import Literal, cast

from components.image_example_gen.binary import BinaryImageSet
from components.image_example_gen.folder_layout import has_splits, is_flat
from components.image_example_gen.image_file import printable
from components.image_example_gen.image_folder import FolderImageSet
from components.image_example_gen.image_set import ImageSet, ImageSpec
from components.image_example_gen.layout import (
    CIFAR10,
    FILE_FORMATS,
    FileFormat,
    Layout,
)
from components.image_example_gen.readers.shard_names import refuse_compressed
from components.image_example_gen.readers.shards import (
    ShardImageSet,
    found_format,
)
from components.image_example_gen.readers.stored import StoredImageSet, marks
from modules.common.errors import UserError

DataFormat = Literal[FileFormat, "image_folder", "webdataset", "tfrecord"]
CIFAR100 = "the binary version of CIFAR-100"

# Files by which other versions of the data set, and others, are known.
_FOREIGN = {
    "the Python version of CIFAR-10 (pickles)": {"data_batch_1"},
    "the Matlab version of CIFAR-10": {"data_batch_1.mat"},
    CIFAR100: {"train.bin", "fine_label_names.txt"},
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
    for kind, files in _FOREIGN.items():
        if files <= names:
            return kind
    return None


def open_image_set(
    root: Path, data_format: DataFormat, spec: ImageSpec
) -> ImageSet:
    """The data set of a known format under the directory `root`."""
    if data_format == "binary":
        return BinaryImageSet(root, spec)
    if data_format == "image_folder":
        return FolderImageSet(root, spec)
    if data_format in FILE_FORMATS:
        return StoredImageSet(root, spec)
    return ShardImageSet(root, spec, data_format)


def detect(path: Path, layout: Layout | None = None) -> tuple[Path, DataFormat]:
    """Finds out which format a directory is in.

    Args:
      path: the directory of the files, its parent, or an image folder.
      layout: of the files that are expected; CIFAR-10's without one.

    Returns:
      The directory to read, and its format.

    Raises:
      UserError: if it is none.
    """
    expected = layout or CIFAR10
    for candidate in (path, path / expected.directory):
        if any((candidate / name).exists() for name in marks(expected)):
            return candidate, expected.format
    if has_splits(path):
        return path, "image_folder"
    _refuse_foreign(path, expected)
    if (found := found_format(path)) is not None:
        return path, cast(DataFormat, found)
    if is_flat(path):
        return path, "image_folder"
    refuse_compressed(path)
    names = sorted(printable(Path(child.name)) for child in path.iterdir())
    raise UserError(
        f"{printable(path)} is not a data set: found "
        f"{', '.join(names[:3]) or 'nothing'} in it, expected "
        f"{expected.directory}/, {expected.names[0]} … {expected.names[-1]}, "
        "or folders of images: train/<class>/ and test/<class>/, or <class>/."
    )


def _refuse_foreign(path: Path, expected: Layout) -> None:
    """Names a directory of another version or data set for what it is."""
    for candidate in (path, *(path / name for name in FOREIGN_DIRECTORIES)):
        if not candidate.is_dir():
            continue
        if kind := foreign_kind({child.name for child in candidate.iterdir()}):
            raise UserError(
                f"{printable(candidate)} is {kind}, expected "
                f"{expected.names[0]} … {expected.names[-1]}{hint(kind)}."
            )


def hint(kind: str) -> str:
    """What to do with files of a known kind, continuing a sentence."""
    if kind == CIFAR100:
        return ": give --dataset cifar100 or cifar100_coarse"
    return ": get the binary version"
