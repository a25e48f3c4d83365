"""What a data set contains, counted while it is written: classes, duplicates.

Two images are the same where their decoded pixels are. The counts are a file
in ImageExampleGen's artifact. Pure Python: no TensorFlow, no Beam.
"""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from components.image_example_gen.image_set import SPLITS, Images

FILE = "contents.json"
"""In the artifact, beside the directories of the splits."""

SHOWN = 3
"""Pairs of equal images that are named."""

_BUCKETS = 64

Digests = tuple[str, list[tuple[bytes, str]]]
"""A split, and the digest and the key of some of its images."""


@dataclasses.dataclass(frozen=True)
class Contents:
    """Counts of a data set, or of a part of it.

    Attributes:
      classes: the images of each class, in label order, by split.
      repeated: the images that equal an earlier one of their split, by split.
      shared: the test images that are in the train split as well.
      pairs: a few of those: the key of the test image, and of the other.
    """

    classes: Mapping[str, tuple[int, ...]]
    repeated: Mapping[str, int]
    shared: int
    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def merged(cls, parts: Iterable[Contents]) -> Self:
        """The sum of disjoint parts."""
        parts = list(parts)
        pairs = sorted(pair for part in parts for pair in part.pairs)
        return cls(
            classes={
                split: _added(
                    counts
                    for part in parts
                    if (counts := part.classes.get(split))
                )
                for split in SPLITS
            },
            repeated={
                split: sum(part.repeated.get(split, 0) for part in parts)
                for split in SPLITS
            },
            shared=sum(part.shared for part in parts),
            pairs=tuple(pairs[:SHOWN]),
        )

    def to_json(self) -> str:
        """As the file has it."""
        return json.dumps(dataclasses.asdict(self), indent=1) + "\n"

    @classmethod
    def read(cls, examples_uri: str) -> Self:
        """Of the data set in an artifact of ImageExampleGen."""
        text = (Path(examples_uri) / FILE).read_text("utf-8")
        values: dict[str, Any] = json.loads(text)
        classes = values["classes"].items()
        return cls(
            classes={split: tuple(counts) for split, counts in classes},
            repeated=values["repeated"],
            shared=values["shared"],
            pairs=tuple((test, train) for test, train in values["pairs"]),
        )


def count_classes(split: str, images: Images, num_classes: int) -> Contents:
    """The images of each class; nothing about duplicates."""
    counts = np.bincount(images.labels, minlength=num_classes).tolist()
    return Contents({split: tuple(counts)}, {}, 0, ())


def digests(split: str, images: Images) -> Iterator[tuple[int, Digests]]:
    """The images' digests, in buckets: equal images are in the same one."""
    buckets = collections.defaultdict(list)
    for key, pixels in zip(images.keys, images.pixels, strict=True):
        digest = hashlib.sha256(pixels).digest()
        buckets[digest[0] % _BUCKETS].append((digest, key))
    for bucket, found in buckets.items():
        yield bucket, (split, found)


def count_duplicates(parts: Iterable[Digests]) -> Contents:
    """The duplicates among all the images of one bucket."""
    keys: dict[str, dict[bytes, list[str]]] = {
        split: collections.defaultdict(list) for split in SPLITS
    }
    for split, found in parts:
        for digest, key in found:
            keys[split][digest].append(key)
    train, test = (keys[split] for split in SPLITS)
    shared = test.keys() & train.keys()
    pairs = sorted((min(test[each]), min(train[each])) for each in shared)
    return Contents(
        classes={},
        repeated={
            split: sum(len(same) - 1 for same in of_split.values())
            for split, of_split in keys.items()
        },
        shared=sum(len(test[each]) for each in shared),
        pairs=tuple(pairs[:SHOWN]),
    )


def _added(counts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*counts, strict=True)))
