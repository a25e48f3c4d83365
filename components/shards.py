"""The files of an `Examples` artifact, read a whole file at a time on Beam.

TFXIO's source splits files and reads records in Python. Ours are small already,
so each is one element, and TensorFlow reads it in C++. What is computed from a
file, and its batches, then do not depend on the Beam runner.
"""

from __future__ import annotations

from collections.abc import Iterator

import tensorflow as tf
from tfx.types import Artifact, artifact_utils
from tfx.utils import io_utils

BATCH = 1_000


def of_split(examples: Artifact, split: str) -> list[str]:
    """The uncompressed TFRecord files of one split, in order."""
    directory = artifact_utils.get_split_uri([examples], split)
    return sorted(tf.io.gfile.glob(io_utils.all_files_pattern(directory)))


def batches(file: str) -> tf.data.Dataset:
    """The serialized tf.Examples of a file in order, string [up to BATCH]."""
    return tf.data.TFRecordDataset(file, buffer_size=1 << 20).batch(BATCH)


def read(file: str) -> Iterator[list[bytes]]:
    """`batches` as lists."""
    for batch in batches(file).prefetch(2).as_numpy_iterator():
        yield batch.tolist()
