"""Counts of a data set's classes and duplicates."""

from __future__ import annotations

import collections

import numpy as np
import pytest

from components.image_example_gen import contents
from components.image_example_gen.contents import Contents
from components.image_example_gen.image_set import Images


def images(name, *values, labels=None):
    """Images of one colour each; equal values, equal images."""
    return Images(
        [f"{name}:{i}" for i in range(len(values))],
        np.stack([np.full((4, 4, 3), value, np.uint8) for value in values]),
        np.array(labels or [0] * len(values)),
    )


def counted(**splits):
    """The contents of a data set, counted as the executor's Beam steps do."""
    buckets = collections.defaultdict(list)
    parts = []
    for split, shards in splits.items():
        for shard in shards:
            if split != "unlabelled":
                parts.append(contents.count_classes(split, shard, 3))
            for bucket, found in contents.digests(split, shard):
                buckets[bucket].append(found)
    parts += map(contents.count_duplicates, buckets.values())
    middle = len(parts) // 2
    merge = Contents.merged
    return merge([merge(parts[:middle]), merge([]), merge(parts[middle:])])


def test_classes_are_counted_by_split():
    found = counted(
        train=[images("a", 1, 2, 3, labels=[0, 2, 2]), images("b", 4)],
        test=[images("t", 5, labels=[1])],
    )
    assert found.classes == {"train": (2, 0, 2), "test": (0, 1, 0)}
    assert found.repeated == {"train": 0, "test": 0}
    assert found.shared == {"train": 0, "unlabelled": 0}
    assert found.pairs == {"train": (), "unlabelled": ()}


def test_duplicates_are_found_across_shards_and_splits():
    found = counted(
        train=[images("a", 1, 2, 2), images("b", 1, 3, 1)],
        test=[images("t", 1, 9, 3, 3)],
    )
    assert found.repeated == {"train": 3, "test": 1}
    assert found.shared["train"] == 3
    assert found.pairs["train"] == (("t:0", "a:0"), ("t:2", "b:1"))


def test_images_without_labels_are_compared_with_the_test_split_only():
    found = counted(
        train=[images("a", 1, 2)],
        test=[images("t", 3, 4, 5)],
        unlabelled=[images("u", 1, 4, 4), images("v", 5)],
    )
    assert found.shared == {"train": 0, "unlabelled": 2}
    assert found.pairs["unlabelled"] == (("t:1", "u:1"), ("t:2", "v:0"))
    assert found.classes.keys() == {"train", "test"}
    assert found.repeated == {"train": 0, "test": 0}


def test_a_few_pairs_are_named():
    found = counted(
        train=[images("a", *range(50))], test=[images("t", *range(50))]
    )
    assert found.shared["train"] == 50
    assert len(found.pairs["train"]) == contents.SHOWN


@pytest.mark.parametrize("pixel", [(0, 0, 0), (3, 3, 2)])
def test_one_different_pixel_makes_another_image(pixel):
    other = images("t", 7)
    other.pixels[(0, *pixel)] += 1
    found = counted(train=[images("a", 7)], test=[other])
    assert found.shared["train"] == 0


def test_the_file_is_read_back(tmp_path):
    found = counted(
        train=[images("a", 1, 1)],
        test=[images("t", 1, 2)],
        unlabelled=[images("u", 2)],
    )
    (tmp_path / contents.FILE).write_text(found.to_json())
    assert Contents.read(str(tmp_path)) == found
