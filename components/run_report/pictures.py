"""The pictures of a report. No TensorFlow here: the page is made of them."""

from __future__ import annotations

import dataclasses

from pydantic import Base64Bytes  # Bytes, which JSON has in Base64.


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassifiedImage:
    """A test image and what the classifier says it is.

    Attributes:
      key: the image's name in the data set.
      image: PNG.
      label: its class.
      predicted: the most probable class.
      probability: of that class, in [0, 1].
    """

    key: str
    image: Base64Bytes
    label: int
    predicted: int
    probability: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reconstruction:
    """A test image and node 3's picture of it.

    Attributes:
      key: the image's name in the data set.
      label: its class.
      original: PNG.
      reconstruction: PNG.
      psnr: between the two, decibels.
    """

    key: str
    label: int
    original: Base64Bytes
    reconstruction: Base64Bytes
    psnr: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gallery:
    """The pictures of a report.

    Attributes:
      reconstructions: of the first test image of each class, by its key; so
        none is chosen for its looks.
      mistakes: the most confident errors, the most confident first.
      errors: those of each class, in label order, likewise.
    """

    reconstructions: tuple[Reconstruction, ...]
    mistakes: tuple[ClassifiedImage, ...]
    errors: tuple[tuple[ClassifiedImage, ...], ...]
