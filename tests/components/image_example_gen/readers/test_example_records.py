"""Records of tf.Example: what a damaged or an odd one is called."""

import os

import pytest

from components.image_example_gen.image_file import MAX_BYTES
from components.image_example_gen.readers import example_records
from modules.common.errors import UserError
from modules.common.tfrecords import CHECKSUM, HEADER, checksum


def refused(path, said):
    with pytest.raises(UserError, match=said) as error:
        example_records.entries(path)
    assert str(error.value).isprintable()


def test_a_record_that_is_too_large_is_not_called_damaged(tmp_path):
    size = MAX_BYTES + 1
    path = tmp_path / "train.tfrecord"
    path.write_bytes(HEADER.pack(size, checksum(size.to_bytes(8, "little"))))
    whole = HEADER.size + size + CHECKSUM.size
    os.truncate(path, whole)  # Sparse: it takes no room.
    refused(path, "record 0 has 268,435,457 bytes, expected at most 268,4")
    os.truncate(path, whole - 1)
    refused(path, r"record 0 is damaged \(the file ends within it\)")
