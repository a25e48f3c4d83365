"""Counting rows: what is missing is found, whoever lost it."""

import shutil

import pytest
import tensorflow as tf
from tfx.types.standard_artifacts import Examples

from components import rows
from modules.common.errors import UserError


def write(file, records):
    options = "GZIP" if file.suffix == ".gz" else ""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file), options) as writer:
        for record in records:
            writer.write(record)


@pytest.fixture(params=["", ".gz"], ids=["plain", "gzipped"])
def examples(tmp_path, request):
    """Five rows in two training shards, and one test row."""
    train, test = tmp_path / "Split-train", tmp_path / "Split-test"
    write(train / f"0{request.param}", [b"a", b"", b"c" * 999])
    write(train / f"1{request.param}", [b"d", b"e"])
    write(test / f"0{request.param}", [b"f"])
    examples = Examples()
    examples.uri = str(tmp_path)
    return examples


def test_complete_examples_have_the_rows_that_were_recorded(examples):
    rows.record(examples, {"train": 5, "test": 1}, "the source")
    assert rows.check(examples) == {"train": 5, "test": 1}


def test_examples_that_nobody_counted_can_be_read(examples):
    assert rows.check(examples) == {"train": 5, "test": 1}


@pytest.mark.parametrize(
    "lose",
    [
        lambda file: file.unlink(),
        lambda file: write(file, []),
        lambda file: file.write_bytes(b""),
        lambda file: shutil.copy(file, file.with_name(f"2{file.name}")),
    ],
    ids=["removed", "without rows", "emptied", "repeated"],
)
def test_other_rows_than_were_written_are_an_error(examples, tmp_path, lose):
    rows.record(examples, {"train": 5, "test": 1}, "the source")
    (file,) = tmp_path.glob("Split-train/1*")
    lose(file)
    with pytest.raises(UserError, match="in the split train, expected the 5"):
        rows.check(examples)


@pytest.mark.parametrize("left", [-1, 20, 5])
def test_a_file_that_was_cut_short_is_named(examples, tmp_path, left):
    (file,) = tmp_path.glob("Split-train/0*")
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(UserError, match=f"{file} is damaged"):
        rows.check(examples)


def test_garbage_is_named(examples, tmp_path):
    (file,) = tmp_path.glob("Split-train/0*")
    file.write_bytes(b"\xff" * 100)
    with pytest.raises(UserError, match=f"{file} is damaged"):
        rows.check(examples)


def test_a_producer_that_lost_rows_is_found_out(examples):
    with pytest.raises(UserError, match=r"expected the 6 of /data\."):
        rows.record(examples, {"train": 6, "test": 1}, "/data")
    with pytest.raises(UserError, match="found 0 rows in the split other"):
        rows.record(examples, {"other": 1}, "/data")
