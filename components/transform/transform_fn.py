"""Writing the transform graph so that a runner may do it again.

TFT's own `WriteTransformFn` moves what it has staged to its place. An engine
that loses a worker after that repeats the step, finds nothing to move, and
repeats it for ever: seen on Flink 1.19, whose restart strategy has no end. Here
it is copied, and what was staged stays until the pipeline has ended.
"""

from __future__ import annotations

import os
from typing import Any

import apache_beam as beam
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_transform import impl_helper
from tensorflow_transform.beam import common

STAGED = "transform_tmp"
"""Under the transform graph's; for the pipeline's owner to remove after it."""


class WriteTransformFn(tft_beam.WriteTransformFn):
    """As TFT's; it may be executed any number of times."""

    def expand(
        self, transform_fn: tuple[beam.PCollection, Any]
    ) -> beam.PCollection:
        """Writes the graph and the metadata of what it computes."""
        saved_model, metadata = transform_fn
        staged = os.path.join(self._path, STAGED)
        metadata_directory = metadata | "WriteMetadata" >> (
            tft_beam.WriteMetadata(
                staged, saved_model.pipeline, write_to_unique_subdirectory=True
            )
        )
        return saved_model | "Publish" >> beam.Map(
            publish, beam.pvalue.AsSingleton(metadata_directory), self._path
        )


def publish(saved_model: str, metadata: str, path: str) -> None:
    """Copies a SavedModel and its metadata to where TFT's readers look.

    Args:
      saved_model: its directory.
      metadata: the directory with the metadata of the transformed data.
      path: the transform graph's.
    """
    for source, name in (
        (metadata, tft.TFTransformOutput.TRANSFORMED_METADATA_DIR),
        (saved_model, tft.TFTransformOutput.TRANSFORM_FN_DIR),
    ):
        copy = common.get_unique_temp_path(os.path.join(path, STAGED))
        _copy(source, copy)
        destination = os.path.join(path, name)
        if tf.io.gfile.exists(destination):
            tf.io.gfile.rmtree(destination)
        tf.io.gfile.rename(copy, destination)


def _copy(source: str, destination: str) -> None:
    for directory, _, names in tf.io.gfile.walk(source):
        # Without `os.path`'s normalisation, which would break `s3://`.
        relative = directory.removeprefix(source).strip("/")
        if impl_helper.METADATA_DIR_NAME in relative.split("/"):
            continue  # Of the analysis itself, which nobody reads.
        target = (
            os.path.join(destination, relative) if relative else destination
        )
        tf.io.gfile.makedirs(target)
        for name in names:
            tf.io.gfile.copy(
                os.path.join(directory, name), os.path.join(target, name)
            )
