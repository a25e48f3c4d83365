"""The names of shards: their splits, and whether all are there."""

import os

import pytest

from components.image_example_gen.formats import detect
from components.image_example_gen.readers import shard_names
from modules.common.errors import UserError


def touch(root, *names):
    for name in names:
        (root / name).touch()


def refusal(root, data_format="tfrecord"):
    with pytest.raises(UserError) as error:
        shard_names.by_split(root, data_format)
    assert str(error.value).isprintable()
    assert str(root) in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("data_format", "names"),
    [
        ("tfrecord", "train.tfrecord-{:05}-of-00003"),
        ("tfrecord", "ants-train.tfrecords-{}-of-3"),
        ("webdataset", "train-{:05}-of-00003.tar"),
    ],
)
@pytest.mark.parametrize("there", [[0], [0, 1], [0, 2], [1, 2], [2]])
def test_a_numbered_shard_that_is_missing_is_named(
    tmp_path, data_format, names, there
):
    touch(tmp_path, names.replace("train", "test").format(0))
    touch(tmp_path, *(names.format(i) for i in there))
    missing = next(i for i in range(3) if i not in there)
    said = refusal(tmp_path, data_format)
    assert f"has {len(there)} of 3 shards ({names.format(missing)} is" in said
    touch(tmp_path, *(names.format(i) for i in range(3)))
    said = refusal(tmp_path, data_format)
    assert "has 1 of 3 shards (" in said
    assert "test" in said
    touch(
        tmp_path,
        *(names.replace("train", "test").format(i) for i in range(3)),
    )
    found = shard_names.by_split(tmp_path, data_format)
    assert {split: len(n) for split, n in found.items()} == {
        "train": 3,
        "test": 3,
    }


@pytest.mark.parametrize(
    "names",
    [
        ("train-1-of-2.tar", "train-2-of-2.tar", "test-000000.tar"),
        # Each group of its own, and what is not numbered in this way.
        ("a-train-0-of-1.tar", "b-train-0-of-1.tar", "test-7.tar"),
        # The split that is not used may be a part.
        ("train-0.tar", "test-0.tar", "val-1-of-9.tar"),
    ],
)
def test_other_numbers_are_accepted(tmp_path, names):
    touch(tmp_path, *names)
    found = shard_names.by_split(tmp_path, "webdataset")
    used = [name for name in names if not name.startswith("val")]
    assert sorted(n for split in found.values() for n in split) == sorted(used)


def test_a_total_without_end_is_answered_at_once(tmp_path):
    touch(tmp_path, f"train-0-of-{'9' * 99}.tar", "test.tar")
    assert "train-1-of-999" in refusal(tmp_path, "webdataset")


@pytest.mark.parametrize("name", [b"train-\xe9.tar", b"test-\xe9.tar"])
def test_a_name_that_is_not_utf_8_is_refused(tmp_path, name):
    touch(tmp_path, "train-0.tar", "test-0.tar", os.fsdecode(name))
    said = refusal(tmp_path, "webdataset")
    assert name.decode(errors="backslashreplace") in said
    assert "has a name that is not UTF-8" in said


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("train-0.tar.gz", "train-0.tar"),
        ("train-0.tgz", "train-0.tar"),
        ("train-0.tar.zst", "train-0.tar"),
        ("train.tfrecord.gz", "train.tfrecord"),
        ("val.tfrecord-00000-of-00001.gz", "val.tfrecord-00000-of-00001"),
    ],
)
def test_a_compressed_shard_is_named_for_what_it_is(tmp_path, name, plain):
    touch(tmp_path, name, "notes.gz", "train.csv.gz")
    with pytest.raises(UserError) as error:
        detect(tmp_path)
    said = f"{tmp_path / name} is a compressed shard, expected {plain}; decom"
    assert str(error.value).startswith(said)


def test_a_compressed_shard_beside_something_else_does_not_matter(tmp_path):
    for name in ("ant", "bee"):
        (tmp_path / name).mkdir()
        touch(tmp_path / name, "0.png")
    touch(tmp_path, "train.tar.gz")
    assert detect(tmp_path)[1] == "image_folder"
    touch(tmp_path, "train.tar", "test.tar")
    assert detect(tmp_path)[1] == "webdataset"
