"""The data set that a request is about: named, in a file, or in its folder.

A folder of images says all that a run needs: the classes are the names of its
folders, in sorted order; the size of the images, and whether they are grey, are
those of a sample of them. No TensorFlow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from components.image_example_gen import formats
from components.image_example_gen.folder_layout import class_folders
from components.image_example_gen.image_file import (
    decode,
    printable,
    quietly,
    read_regular_file,
)
from components.image_example_gen.image_folder import FolderImageSet
from components.image_example_gen.image_set import ImageSpec
from modules.common.errors import UserError
from modules.common.home import expanded
from pipeline.data.access import accessible
from pipeline.datasets import files
from pipeline.datasets.config import DEFAULT, DatasetConfig

SMALLEST, LARGEST = 16, 96
"""The sizes of images that are chosen unasked, pixels."""
SAMPLE = 200
"""Images that are looked at to choose it."""
_OTHERS = re.compile(r"[^a-z0-9]+")


def choose(data: str, dataset: str | None) -> DatasetConfig:
    """The data set of a request.

    Args:
      data: `auto`, `sample` or a path.
      dataset: the name of one of this package's, the path of a data set file,
        or None for the folder's own classes, or CIFAR-10's.

    Raises:
      UserError: if there is no such data set, or its file or folder is not
        usable.
    """
    if dataset and not dataset.endswith(files.SUFFIX):
        return files.shipped(dataset)
    with accessible(Path(data)):
        return _chosen(data, dataset)


def _chosen(data: str, dataset: str | None) -> DatasetConfig:
    folder = _image_folder(data)
    if dataset:
        stated = files.read(expanded(dataset))
        if {"class_names", "image_size"} <= stated.keys():
            return DatasetConfig(**stated)
        if folder is None:
            missing = "classes" if "class_names" not in stated else "image_size"
            raise UserError(
                f"{dataset} has no {missing}, and {data} is no folder of "
                "images that says it; add it, or give the folder as data."
            )
        return _described(folder, stated)
    default = files.shipped(DEFAULT)
    if folder is None:
        return default
    if set(class_folders(folder)) == set(default.class_names):
        return default
    title = printable(Path(folder.name))
    return _described(folder, {"name": _name(folder), "title": title})


def _image_folder(data: str) -> Path | None:
    """The folder of images at `data`, if there is one."""
    path = expanded(data).absolute()
    if data in ("auto", "sample") or not path.is_dir():
        return None
    root, data_format = formats.detect(path)
    return root if data_format == "image_folder" else None


def _name(folder: Path) -> str:
    """A name for the folder's data set and model, of none that ships."""
    name = _OTHERS.sub("_", folder.name.lower()).strip("_")[:40] or "images"
    if not name[0].isalpha():
        name = f"images_{name}"
    return f"{name}_images" if name in files.names() else name


def _described(folder: Path, stated: dict[str, Any]) -> DatasetConfig:
    """What is stated, and the folder's own values for the rest."""
    names = stated.get("class_names", class_folders(folder))
    images = FolderImageSet(folder, ImageSpec(names, SMALLEST))
    size, grey = _looks(folder, images.files())
    own = {
        "class_names": names,
        "image_size": size,
        "grey": grey,
        "train_images": images.counts()["train"],
    }
    return DatasetConfig(**{**own, **stated})


def _looks(folder: Path, names: Sequence[str]) -> tuple[int, bool]:
    """The size that suits the images, and whether all are grey.

    The size is the median of their shorter sides, down to a multiple of four,
    so that blocks can halve it.
    """
    step = -(-len(names) // SAMPLE)
    with quietly(), ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda n: _look(folder / n), names[::step]))
    shorter = int(np.median([side for side, _ in found]))
    size = min(max(shorter, SMALLEST), LARGEST) // 4 * 4
    return size, all(grey for _, grey in found)


def _look(path: Path) -> tuple[int, bool]:
    """An image's shorter side, and whether it is grey.

    One that cannot be decoded says nothing: the check of all images names it.
    """
    try:
        pixels = decode(read_regular_file(path))
    except ValueError:
        return SMALLEST, True
    grey = bool((pixels == pixels[..., :1]).all())
    return min(pixels.shape[:2]), grey
