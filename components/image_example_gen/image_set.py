"""The interface of every on-disk format of a labelled image set.

Pure numpy: no TensorFlow, no Beam.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from components.image_example_gen.layout import Layout
from modules.common.resizing import Resize

SPLITS = ("train", "test")

# Called with (images checked so far, images in all).
OnProgress = Callable[[int, int], None]


@dataclasses.dataclass(frozen=True)
class ImageSpec:
    """The required images: square RGB, labelled by position in a list.

    Attributes:
      class_names: the class names, in label order.
      image_size: height and width, pixels.
      resize: how images of another size are resized to it.
      layout: of their files, where those do not describe themselves.
    """

    class_names: tuple[str, ...]
    image_size: int
    resize: Resize = "squash"
    layout: Layout | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON-compatible values."""
        layout = self.layout and self.layout.to_dict()
        return {**dataclasses.asdict(self), "layout": layout}

    def to_json(self) -> str:
        """The text of a JSON object, the same for equal specs."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`."""
        values = json.loads(text)
        layout = values["layout"]
        return cls(
            **values
            | {
                "class_names": tuple(values["class_names"]),
                "layout": Layout.from_dict(layout) if layout else None,
            }
        )


@dataclasses.dataclass(frozen=True)
class Images:
    """Some labelled images in memory.

    Attributes:
      keys: N strings, unique in the data set and stable between runs.
      pixels: uint8 [N, H, W, 3].
      labels: int64 [N]; `NO_LABEL` in the split `UNLABELLED`.
    """

    keys: list[str]
    pixels: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Shard:
    """A run of consecutive images of one split: one output file's worth.

    Attributes:
      split: one of `SPLITS`, or `UNLABELLED`.
      source: what `start` and `stop` count in: a file; empty for an image
        folder, where they count in the sorted listing.
      start: the first image.
      stop: one after the last image.
    """

    split: str
    source: str
    start: int
    stop: int


class ImageSet(Protocol):
    """A data set on disk, whatever its format."""

    @property
    def spec(self) -> ImageSpec:
        """What the images are expected to be."""

    def files(self) -> list[str]:
        """Paths of all files read, relative to the root, in a fixed order."""

    def counts(self) -> Mapping[str, int]:
        """The number of images of each split, from sizes and listings alone.

        `UNLABELLED` is among them where the data set has it.

        Raises:
          UserError: if files are missing or have an impossible size.
        """

    def check(self, on_progress: OnProgress) -> None:
        """Looks at every image and label.

        Raises:
          UserError: on the first thing that cannot be trained on.
        """

    def remarks(self) -> list[str]:
        """What was left out or changed, in a few words each, after `check`."""

    def shards(self, max_images: int) -> list[Shard]:
        """A plan that covers every image once; depends on the data alone."""

    def read(self, shard: Shard) -> Images:
        """The images of one shard.

        Raises:
          UserError: if they are not what `check` would accept.
        """


def split_range(
    split: str, source: str, count: int, max_images: int
) -> list[Shard]:
    """`count` images as equal shards of at most `max_images`."""
    parts = -(-count // max_images)
    bounds = [count * part // parts for part in range(parts + 1)]
    return [
        Shard(split, source, start, stop)
        for start, stop in itertools.pairwise(bounds)
    ]
