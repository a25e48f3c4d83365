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
from components.image_example_gen.layout import UNLABELLED

FILE = "contents.json"
"""In the artifact, beside the directories of the splits."""

TRAINED_ON = ("train", UNLABELLED)
"""The splits that test images may have leaked into."""

SHOWN = 3
"""Pairs of equal images that are named."""

_BUCKETS = 64
_PIECE_BYTES = 2_047

Digests = tuple[str, list[tuple[bytes, str]]]
"""A split, and the digest and the key of some of its images."""


@dataclasses.dataclass(frozen=True)
class Contents:
    """Counts of a data set, or of a part of it.

    Attributes:
      classes: the images of each class, in label order, by split.
      repeated: the images that equal an earlier one of their split, by split.
      shared: the test images that are in another split as well, by that split.
      pairs: a few of those: the key of the test image, and of the other.

    Images without labels are of no class; those among them that are repeated
    are not counted.
    """

    classes: Mapping[str, tuple[int, ...]]
    repeated: Mapping[str, int]
    shared: Mapping[str, int]
    pairs: Mapping[str, tuple[tuple[str, str], ...]]

    @classmethod
    def merged(cls, parts: Iterable[Contents]) -> Self:
        """The sum of disjoint parts."""
        parts = list(parts)
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
            shared={
                split: sum(part.shared.get(split, 0) for part in parts)
                for split in TRAINED_ON
            },
            pairs={
                split: _first(
                    pair for part in parts for pair in part.pairs.get(split, ())
                )
                for split in TRAINED_ON
            },
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
            pairs={
                split: tuple((test, other) for test, other in pairs)
                for split, pairs in values["pairs"].items()
            },
        )


def count_classes(split: str, images: Images, num_classes: int) -> Contents:
    """The images of each class; nothing about duplicates."""
    counts = np.bincount(images.labels, minlength=num_classes).tolist()
    return Contents({split: tuple(counts)}, {}, {}, {})


def digests(split: str, images: Images) -> Iterator[tuple[int, Digests]]:
    """The images' digests, in buckets: equal images are in the same one."""
    buckets = collections.defaultdict(list)
    for key, pixels in zip(images.keys, images.pixels, strict=True):
        digest = _digest(pixels.tobytes())
        buckets[digest[0] % _BUCKETS].append((digest, key))
    for bucket, found in buckets.items():
        yield bucket, (split, found)


def _digest(pixels: bytes) -> bytes:
    """SHA-256, a little at a time.

    For 2,048 bytes or more, hashlib lets other threads run; to wait for one's
    turn again takes longer than to hash a small image.
    """
    digest = hashlib.sha256()
    for start in range(0, len(pixels), _PIECE_BYTES):
        digest.update(pixels[start : start + _PIECE_BYTES])
    return digest.digest()


def count_duplicates(parts: Iterable[Digests]) -> Contents:
    """The duplicates among all the images of one bucket."""
    keys: dict[str, dict[bytes, list[str]]] = {
        split: collections.defaultdict(list) for split in (*SPLITS, UNLABELLED)
    }
    for split, found in parts:
        for digest, key in found:
            keys[split][digest].append(key)
    test = keys["test"]
    shared = {split: test.keys() & keys[split].keys() for split in TRAINED_ON}
    return Contents(
        classes={},
        repeated={
            split: sum(len(same) - 1 for same in keys[split].values())
            for split in SPLITS
        },
        shared={
            split: sum(len(test[each]) for each in both)
            for split, both in shared.items()
        },
        pairs={
            split: _first(
                (min(test[each]), min(keys[split][each])) for each in both
            )
            for split, both in shared.items()
        },
    )


def _first(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(pairs)[:SHOWN])


def _added(counts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*counts, strict=True)))
