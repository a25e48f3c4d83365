"""Checks that images are those of the data set.

The pipeline is built for a data set before its images are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from components.image_example_gen import sample
from components.image_example_gen.image_set import ImageSpec
from modules.common.errors import UserError
from pipeline.datasets.config import DatasetConfig


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
