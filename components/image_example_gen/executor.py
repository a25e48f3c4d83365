"""ImageExampleGen's executor: encodes the images of every shard, in parallel.

A shard is planned from the data alone and becomes one TFRecord file, so the
files are the same whatever the Beam runner and its number of workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
from tfx import types
from tfx.components.util import examples_utils
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils

from components import rows
from components.image_example_gen.formats import open_image_set
from components.image_example_gen.image_set import (
    SPLITS,
    Images,
    ImageSet,
    ImageSpec,
    Shard,
)
from modules.features import IMAGE, KEY, LABEL

COUNTER_NAMESPACE = "ImageExampleGen"
SHARD_IMAGES = 5_000


class Executor(BaseBeamExecutor):
    """Reads a data set and writes the `examples` artifact."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes both splits.

        Args:
          input_dict: empty.
          output_dict: `examples`, one `standard_artifacts.Examples`.
          exec_properties: see `ImageExampleGen`; `spec` as JSON.

        Raises:
          UserError: if the data set is not what its properties say, or not
            all of its images were written.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        examples = artifact_utils.get_single_instance(output_dict["examples"])
        _describe(examples)
        images = open_image_set(
            Path(exec_properties["data_uri"]),
            exec_properties["data_format"],
            ImageSpec.from_json(exec_properties["spec"]),
        )
        with self._make_beam_pipeline() as pipeline:
            _ = (
                pipeline
                | "Plan" >> beam.Create(plan(images, examples))
                | "Spread" >> beam.Reshuffle()
                | "Write" >> beam.ParDo(WriteShard(images))
            )
        rows.record(examples, images.counts(), exec_properties["data_uri"])


def _describe(examples: types.Artifact) -> None:
    """Sets the properties that stock components read."""
    examples.split_names = artifact_utils.encode_split_names(list(SPLITS))
    examples_utils.set_payload_format(
        examples, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE
    )


def plan(
    images: ImageSet, examples: types.Artifact
) -> Iterator[tuple[Shard, str]]:
    """Each shard and the path of the file it becomes."""
    shards = images.shards(SHARD_IMAGES)
    for split in SPLITS:
        directory = artifact_utils.get_split_uri([examples], split)
        tf.io.gfile.makedirs(directory)
        chosen = [shard for shard in shards if shard.split == split]
        for i, shard in enumerate(chosen):
            name = f"data_tfrecord-{i:05d}-of-{len(chosen):05d}"
            yield shard, f"{directory}/{name}"


class WriteShard(beam.DoFn):
    """Writes one shard's tf.Examples; counts the images of each class."""

    def __init__(self, images: ImageSet):
        self._images = images

    def process(self, element: tuple[Shard, str]) -> None:
        """Reads, encodes and writes (shard, path)."""
        shard, path = element
        images = self._images.read(shard)
        with tf.io.TFRecordWriter(path) as writer:
            for record in serialize(images):
                writer.write(record)
        self._count(shard.split, images)

    def _count(self, split: str, images: Images) -> None:
        names = self._images.spec.class_names
        for name, count in zip(
            names, np.bincount(images.labels, minlength=len(names)), strict=True
        ):
            counter = beam.metrics.Metrics.counter(
                COUNTER_NAMESPACE, f"{split}/{name}"
            )
            counter.inc(int(count))


def serialize(images: Images) -> Iterator[bytes]:
    """Images as serialized tf.Examples, the same bytes every time.

    PNG's compression is off: at 32 by 32 pixels it saves a quarter of the
    size and more than doubles the time to encode, and to decode ever after.
    """
    encoded = tf.io.encode_png(images.pixels, compression=0).numpy()
    for key, image, label in zip(
        images.keys, encoded, images.labels, strict=True
    ):
        yield _example(key, image, label).SerializeToString(deterministic=True)


def _example(key: str, image: bytes, label: int) -> tf.train.Example:
    features = tf.train.Features(
        feature={
            IMAGE: _bytes(image),
            KEY: _bytes(key.encode()),
            LABEL: tf.train.Feature(
                int64_list=tf.train.Int64List(value=[label])
            ),
        }
    )
    return tf.train.Example(features=features)


def _bytes(value: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
