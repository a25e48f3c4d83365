"""The files of an `Examples` artifact, read a whole file at a time on Beam.

TFXIO's source splits files. Ours are small already, so each is one element:
what is computed from a file, and its batches, then do not depend on the Beam
runner.
"""

from __future__ import annotations

from collections.abc import Iterator

import tensorflow as tf
from tfx.types import Artifact, artifact_utils
from tfx.utils import io_utils

from modules.common import tfrecords

BATCH = 1_000
BATCH_BYTES = 1 << 25
"""Holds 5,000 images of 32 by 32 pixels, and as many bytes of larger ones."""


def of_split(examples: Artifact, split: str) -> list[str]:
    """The uncompressed TFRecord files of one split, in order."""
    directory = artifact_utils.get_split_uri([examples], split)
    return sorted(tf.io.gfile.glob(io_utils.all_files_pattern(directory)))


def batches(file: str) -> tf.data.Dataset:
    """The serialized tf.Examples of a file in order, string [up to BATCH]."""
    return tf.data.TFRecordDataset(file, buffer_size=1 << 20).batch(BATCH)


def read(file: str) -> Iterator[list[bytes]]:
    """The same, but read without TensorFlow, up to BATCH_BYTES at once.

    Raises:
      UserError: if the file is damaged.
    """
    batch, size = [], 0
    for record in tfrecords.read(file):
        batch.append(record)
        size += len(record)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
