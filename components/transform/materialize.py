"""Transform's second half: each file of examples through the graph.

The graph that the analysis wrote runs inside TensorFlow's input pipeline, and
a file of examples becomes a file of transformed examples, with the same rows in
the same order, whatever the Beam runner.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
import tensorflow_transform as tft
from apache_beam.utils import shared
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

from components import shards

PREFIX = "transformed_examples"
"""Of the files' names, as TFX's Transform has it."""

_GZIP = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=0)
"""What consumers expect. Pixels shrink by a tenth and take longest of all."""


class File(NamedTuple):
    """A file, and the one that it becomes."""

    source: str
    target: str


def plan(sources: Sequence[str], directory: str) -> Iterator[File]:
    """The files of one split, and those that they become in `directory`."""
    for number, source in enumerate(sources):
        name = f"{PREFIX}-{number:05d}-of-{len(sources):05d}.gz"
        yield File(source, f"{directory}/{name}")


class TransformFile(beam.DoFn):
    """Transforms one file.

    Args:
      graph: the directory of the analysis's output.
    """

    def __init__(self, graph: str) -> None:
        self._graph = graph
        self._shared = shared.Shared()  # Loaded once a process.

    def setup(self) -> None:
        self._transform = self._shared.acquire(self._load)
        self._encoder = RecordBatchToExamplesEncoder(schema_pb2.Schema())

    def _load(self) -> _Graph:
        return _Graph(self._graph)

    def process(self, file: File) -> None:
        """Writes `file.target`, whole or not at all."""
        dataset = shards.batches(file.source).map(self._transform.function)
        unfinished = f"{file.target}.{uuid.uuid4()}"
        with tf.io.TFRecordWriter(unfinished, _GZIP) as writer:
            for batch in dataset.prefetch(2).as_numpy_iterator():
                for record in self._encoder.encode(_record_batch(batch)):
                    writer.write(record)
        tf.io.gfile.rename(unfinished, file.target, overwrite=True)


class _Graph:
    """The analysis's graph, from serialized tf.Examples to its outputs."""

    def __init__(self, directory: str) -> None:
        output = tft.TFTransformOutput(directory)
        spec = output.raw_feature_spec()

        def transform(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
            features = tf.io.parse_example(serialized, spec)
            return dict(output.transform_raw_features(features))

        self.function = tf.function(transform).get_concrete_function(
            tf.TensorSpec([None], tf.string)
        )


def _record_batch(batch: Mapping[str, np.ndarray]) -> pa.RecordBatch:
    """Columns of shape [N], as lists of one value each."""
    offsets = pa.array(np.arange(len(next(iter(batch.values()))) + 1))
    return pa.RecordBatch.from_arrays(
        [
            pa.LargeListArray.from_arrays(
                offsets,
                pa.array(
                    values,
                    pa.large_binary() if values.dtype == object else None,
                ),
            )
            for values in batch.values()
        ],
        list(batch),
    )
