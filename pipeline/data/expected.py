"""Checks that images are those of the data set.

The pipeline is built for a data set before its images are looked at.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from components.image_example_gen import sample
from components.image_example_gen.image_set import ImageSpec
from components.image_example_gen.readers.stored import marks
from modules.common.errors import UserError
from modules.common.fields import any_of
from pipeline.datasets import files
from pipeline.datasets.config import DatasetConfig, RemoteFile

_READ_ARCHIVES = (".tar.gz", ".tgz")


def require_unlabelled(
    root: Path, dataset: DatasetConfig, counts: Mapping[str, int]
) -> None:
    """Refuses a folder that lacks splits which the data set has.

    Args:
      root: the folder.
      dataset: what the pipeline is built for.
      counts: the images by split.

    Raises:
      UserError: if a split without labels is missing.
    """
    if set(dataset.unlabelled) - set(counts):
        names = ", ".join(dataset.stored.unlabelled)
        raise UserError(
            f"{root} has no images without labels, but the data set "
            f"{dataset.name} has them, in {names}; give its official files, or "
            "leave --dataset out: a folder of images says itself what its "
            "classes are."
        )


def require_whole(path: Path, dataset: DatasetConfig) -> None:
    """Refuses one of the files of a data set that has several.

    Args:
      path: of a file that is given as an archive of all.
      dataset: what the pipeline is built for.

    Raises:
      UserError: if it is one of this data set, or of one of this package.
    """

    def has(found: DatasetConfig) -> bool:
        return path.name in marks(found.stored)

    folder = f"give the folder that holds all of them, {path.parent}"
    if has(dataset):
        raise UserError(
            f"{path} is one of the {len(dataset.stored.names)} files of "
            f"{dataset.label}; {folder}."
        )
    if others := [n for n in files.names() if has(files.shipped(n))]:
        raise UserError(
            f"{path} is one of the files of the data set {any_of(others)}, "
            f"expected those of {dataset.name}; {folder}, with --dataset "
            f"{any_of(others)}."
        )


@contextlib.contextmanager
def perhaps_own(archive: Path, remotes: Sequence[RemoteFile]) -> Iterator[None]:
    """A block that extracts an archive, which may be of the user's own images.

    Args:
      archive: it.
      remotes: the official ones.

    Raises:
      UserError: of the block, with what to do about an archive of one's own.
    """
    try:
        yield
    except UserError as error:
        official = any(archive.name == remote.name for remote in remotes)
        if official or not archive.name.endswith(_READ_ARCHIVES):
            raise
        raise UserError(
            f"{error} (Archives are read in the official layout only: if it is "
            "of images of your own, extract it and give the folder.)"
        ) from error


def require_of_sample(name: str, spec: ImageSpec) -> None:
    """Refuses the built-in sample for a data set that it is not of.

    Args:
      name: of the data set.
      spec: of its images.

    Raises:
      UserError: if their name, number of classes or size differs.
    """
    found = name, len(spec.class_names), spec.image_size
    expected = sample.DATASET, sample.CLASSES, sample.IMAGE_SIZE
    if found != expected:
        raise UserError(
            f"the built-in sample is of {expected[0]}: "
            f"{_images(*expected[1:])}, but the data set {name} has "
            f"{_images(*found[1:])}; give the path of its images as data."
        )


def _images(classes: int, size: int) -> str:
    return f"{classes} classes of {size}x{size} images"
