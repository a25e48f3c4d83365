"""ImageExampleGen's executor: encodes the images of every shard, in parallel.

A shard is planned from the data alone and becomes one TFRecord file, so the
files are the same whatever the Beam runner and its number of workers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from components.image_example_gen import contents, png
from components.image_example_gen.contents import Contents
from components.image_example_gen.formats import open_image_set
from components.image_example_gen.image_set import (
    Images,
    ImageSet,
    ImageSpec,
    Shard,
)
from components.image_example_gen.layout import UNLABELLED
from modules.common import tfrecords
from modules.features import IMAGE, KEY, LABEL
from modules.image_statistics import image_statistics

COUNTER_NAMESPACE = "ImageExampleGen"
DIGESTS = "digests"
SHARD_IMAGES = 5_000
SHARD_BYTES = 256 << 20
"""The most images of a shard, and the most memory that their pixels take."""


class Executor(BaseBeamExecutor):
    """Reads a data set and writes the `examples` artifact."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes all splits.

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
        images = open_image_set(
            Path(exec_properties["data_uri"]),
            exec_properties["data_format"],
            ImageSpec.from_json(exec_properties["spec"]),
        )
        counts_by_split = images.counts()
        _describe(examples, list(counts_by_split))
        with self._make_beam_pipeline() as pipeline:
            counts, digests = (
                pipeline
                | "Plan" >> beam.Create(plan(images, examples))
                | "Write"
                >> beam.ParDo(WriteShard(images)).with_outputs(
                    DIGESTS, main="counts"
                )
            )
            duplicates = (
                digests
                | "Compare" >> beam.GroupByKey()
                | "Duplicates" >> beam.MapTuple(_count_duplicates)
            )
            _ = (
                (counts, duplicates)
                | "Together" >> beam.Flatten()
                | "Sum" >> beam.CombineGlobally(Contents.merged)
                | "Contents" >> beam.Map(_write_contents, examples.uri)
            )
        rows.record(examples, counts_by_split, exec_properties["data_uri"])


def _describe(examples: types.Artifact, splits: list[str]) -> None:
    """Sets the properties that stock components read."""
    examples.split_names = artifact_utils.encode_split_names(splits)
    examples_utils.set_payload_format(
        examples, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE
    )


def plan(
    images: ImageSet, examples: types.Artifact
) -> Iterator[tuple[Shard, str]]:
    """Each shard and the path of the file it becomes."""
    fit = SHARD_BYTES // (3 * images.spec.image_size**2)
    shards = images.shards(max(1, min(SHARD_IMAGES, fit)))
    for split in images.counts():
        directory = artifact_utils.get_split_uri([examples], split)
        tf.io.gfile.makedirs(directory)
        chosen = [shard for shard in shards if shard.split == split]
        for i, shard in enumerate(chosen):
            name = f"data_tfrecord-{i:05d}-of-{len(chosen):05d}"
            yield shard, f"{directory}/{name}"


class WriteShard(beam.DoFn):
    """Writes one shard's tf.Examples; counts the images of each class.

    Puts out the counts, as `Contents`, but not of images without labels; and as
    `DIGESTS` what `contents.count_duplicates` compares.
    """

    def __init__(self, images: ImageSet):
        self._images = images

    def process(self, element: tuple[Shard, str]) -> Iterator[Any]:
        """Reads, encodes and writes (shard, path)."""
        shard, path = element
        images = self._images.read(shard)
        with open(path, "wb", buffering=1 << 20) as file:
            for record in serialize(images):
                file.write(tfrecords.framed(record))
        if shard.split != UNLABELLED:
            yield self._count_classes(shard.split, images)
        for found in contents.digests(shard.split, images):
            yield beam.pvalue.TaggedOutput(DIGESTS, found)

    def _count_classes(self, split: str, images: Images) -> Contents:
        """Counts them for Beam's metrics as well."""
        names = self._images.spec.class_names
        counted = contents.count_classes(split, images, len(names))
        for name, count in zip(names, counted.classes[split], strict=True):
            counter = beam.metrics.Metrics.counter(
                COUNTER_NAMESPACE, f"{split}/{name}"
            )
            counter.inc(count)
        return counted


def _count_duplicates(_: int, parts: Iterable[contents.Digests]) -> Contents:
    return contents.count_duplicates(parts)


def _write_contents(found: Contents, uri: str) -> None:
    with tf.io.gfile.GFile(f"{uri}/{contents.FILE}", "w") as file:
        file.write(found.to_json())


def serialize(images: Images) -> Iterator[bytes]:
    """Images as serialized tf.Examples, the same bytes every time.

    PNGs are not compressed: at 32 by 32 pixels that saves a quarter of the size
    and more than doubles the time to encode, and to decode ever after. One
    message is filled again and again: to make one of so many features
    takes several times as long.
    """
    statistics = image_statistics(images.pixels)
    example = tf.train.Example()
    features = example.features.feature
    image, key = (features[name].bytes_list.value for name in (IMAGE, KEY))
    label = features[LABEL].int64_list.value
    numbers = [features[name].float_list.value for name in statistics]
    rows = np.stack(list(statistics.values()), axis=1).tolist()
    files = png.encode(images.pixels)
    for i, (file, row) in enumerate(zip(files, rows, strict=True)):
        image[:] = [file]
        key[:] = [images.keys[i].encode()]
        label[:] = [images.labels[i]]
        for number, value in zip(numbers, row, strict=True):
            number[:] = [value]
        yield example.SerializeToString(deterministic=True)
