from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from components.image_example_gen.formats import detect, open_image_set
from components.image_example_gen.layout import CIFAR10
from modules.common.errors import UserError
from tests.support.image_sets import (
    PER_BATCH,
    RECORD_BYTES,
    SPEC,
    batch,
    write_binary,
)


@pytest.fixture
def root(tmp_path):
    return write_binary(tmp_path / "cifar-10-batches-bin")


@pytest.fixture
def images(root):
    return open_image_set(root, "binary", SPEC)


def check(images):
    images.counts()
    images.check(lambda done, total: None)


def test_the_directory_and_its_parent_are_both_recognized(root):
    assert detect(root) == detect(root.parent) == (root, "binary")


def test_counts_are_the_records_of_each_split(images):
    assert images.counts() == {"train": 5 * PER_BATCH, "test": PER_BATCH}


def test_planes_become_pixels_and_the_first_byte_the_label(images):
    (shard,) = [s for s in images.shards(100) if s.source == "test_batch.bin"]
    read = images.read(shard)
    record = batch(seed=5)[4]
    red, green, blue = record[1:].reshape(3, 4, 4)
    assert read.labels[4] == record[0]
    np.testing.assert_array_equal(
        read.pixels[4], np.stack([red, green, blue], axis=-1)
    )


def test_shards_cover_every_image_once_under_a_unique_key(images):
    shards = images.shards(4)
    keys = [key for shard in shards for key in images.read(shard).keys]
    assert max(s.stop - s.start for s in shards) <= 4
    assert len(keys) == len(set(keys)) == 6 * PER_BATCH
    assert keys[1] == "data_batch_1.bin:00001"


def test_a_key_does_not_depend_on_the_size_of_the_shards(images):
    def all_of(max_images):
        shards = images.shards(max_images)
        return [key for shard in shards for key in images.read(shard).keys]

    assert all_of(1) == all_of(5) == all_of(1000)


def test_good_files_pass_and_progress_ends_at_the_total(images):
    calls = []
    images.check(lambda done, total: calls.append((done, total)))
    assert calls[-1] == (6 * PER_BATCH, 6 * PER_BATCH)


def test_a_missing_batch_is_named(root, images):
    (root / "data_batch_4.bin").unlink()
    with pytest.raises(UserError, match=r"data_batch_4\.bin is missing"):
        check(images)


@pytest.mark.parametrize("size", [0, RECORD_BYTES - 1, 2 * RECORD_BYTES + 7])
def test_a_batch_cut_within_a_record_is_truncated(root, images, size):
    (root / "data_batch_2.bin").write_bytes(bytes(size))
    with pytest.raises(UserError, match=rf"2\.bin is truncated.*{size} bytes"):
        check(images)


def test_a_batch_cut_between_records_is_truncated(root, images):
    (root / "data_batch_5.bin").write_bytes(batch(records=3).tobytes())
    with pytest.raises(UserError, match=r"5\.bin is truncated: found 3 rec"):
        check(images)


def test_a_short_test_batch_beside_official_ones_is_truncated(root, images):
    for i in range(1, 6):
        full = batch(records=10_000).tobytes()
        (root / f"data_batch_{i}.bin").write_bytes(full)
    with pytest.raises(UserError, match=r"test_batch\.bin is truncated"):
        check(images)


def test_a_label_beyond_the_classes_is_named_with_its_record(root, images):
    content = batch()
    content[4, 0] = 3
    (root / "data_batch_3.bin").write_bytes(content.tobytes())
    with pytest.raises(
        UserError, match=r"data_batch_3\.bin: image 4 has the label 3.*0 to 2"
    ):
        check(images)


def test_reading_refuses_a_bad_label_too(root, images):
    content = batch()
    content[5, 0] = 200
    (root / "test_batch.bin").write_bytes(content.tobytes())
    with pytest.raises(UserError, match="image 5 has the label 200"):
        images.read(images.shards(3)[-1])


def from_one(root):
    """The same labels, stored from 1 on, as the layout says."""
    for name in CIFAR10.names:
        content = np.fromfile(root / name, np.uint8).reshape(-1, RECORD_BYTES)
        content[:, 0] += 1
        (root / name).write_bytes(content.tobytes())
    layout = dataclasses.replace(
        CIFAR10, image_size=SPEC.image_size, records=PER_BATCH, first_label=1
    )
    spec = dataclasses.replace(SPEC, layout=layout)
    return open_image_set(root, "binary", spec)


def test_labels_count_from_the_layout_s_first_one(root, images):
    (shard, *_) = images.shards(PER_BATCH)
    expected = images.read(shard).labels
    counted = from_one(root)
    check(counted)
    np.testing.assert_array_equal(counted.read(shard).labels, expected)


def test_a_label_before_the_first_one_is_refused(root):
    images = from_one(root)
    content = np.fromfile(root / "test_batch.bin", np.uint8)
    content[0] = 0
    (root / "test_batch.bin").write_bytes(content.tobytes())
    with pytest.raises(UserError, match=r"image 0 has the label 0.*1 to 3"):
        check(images)


def test_a_split_without_one_class_is_refused(root, images):
    content = batch()
    content[:, 0] = 1
    (root / "test_batch.bin").write_bytes(content.tobytes())
    with pytest.raises(UserError, match=r"test split has no image.*'ant'"):
        check(images)


def test_a_directory_that_is_no_data_set_says_what_it_holds(tmp_path):
    (tmp_path / "holiday.txt").touch()
    with pytest.raises(UserError, match=r"not a data set: found holiday\.txt"):
        detect(tmp_path)
