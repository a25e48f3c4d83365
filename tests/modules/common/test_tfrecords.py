"""TFRecord files: what TensorFlow writes is read, and what it reads written."""

import struct

import pytest
import tensorflow as tf

from modules.common import tfrecords
from modules.common.errors import UserError

RECORDS = [b"", b"x", b"some bytes", bytes(range(256)) * 20]


@pytest.fixture
def file(tmp_path):
    """Written by TensorFlow."""
    path = tmp_path / "records"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in RECORDS:
            writer.write(record)
    return path


def test_what_tensorflow_writes_is_read(file):
    assert list(tfrecords.read(file)) == RECORDS
    assert tfrecords.count(file) == len(RECORDS)


def test_what_is_framed_is_what_tensorflow_writes(file):
    assert b"".join(map(tfrecords.framed, RECORDS)) == file.read_bytes()


def test_an_empty_file_has_no_records(tmp_path):
    (tmp_path / "empty").touch()
    assert list(tfrecords.read(tmp_path / "empty")) == []


def changed(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


LONG = struct.pack("<Q", 1 << 62)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda content: content[:-1], "ends within a record"),
        (lambda content: content[:-5000], "ends within a record"),
        (lambda content: content + b"more", "ends within a record's length"),
        (lambda content: changed(content, 0), "checksum of a length"),
        (lambda content: changed(content, -9), "checksum of a record"),
        (
            lambda content: (
                LONG
                + struct.pack("<I", tfrecords.checksum(LONG))
                + content[12:]
            ),
            "ends within a record",
        ),
        (lambda _: b"no TFRecord at all", "checksum of a length"),
    ],
)
def test_damage_is_one_line(file, damage, why):
    content = file.read_bytes()
    file.write_bytes(damage(content))
    with pytest.raises(UserError, match=why) as caught:
        list(tfrecords.read(file))
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
