"""The pictures of a report. No TensorFlow here: the page is made of them."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """A test image and what the classifier says it is.

    Attributes:
      key: the image's name in the data set.
      image: PNG.
      label: its class.
      predicted: the most probable class.
      probability: of that class, in [0, 1].
    """

    key: str
    image: bytes
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
    original: bytes
    reconstruction: bytes
    psnr: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gallery:
    """The pictures of a report.

    Attributes:
      reconstructions: of the first test image of each class, by its key; so
        none is chosen for its looks.
      mistakes: those that the classifier is surest of, the surest first.
    """

    reconstructions: tuple[Reconstruction, ...]
    mistakes: tuple[Answer, ...]
