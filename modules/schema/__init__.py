"""The curated schema of ImageExampleGen's tf.Examples."""

from __future__ import annotations

from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from modules.features import LABEL

SCHEMA = Path(__file__).with_name("schema.pbtxt")


def schema(num_classes: int, min_examples: int) -> schema_pb2.Schema:
    """The schema of a data set.

    Args:
      num_classes: labels are in [0, num_classes).
      min_examples: the fewest images of a split.
    """
    found = text_format.Parse(SCHEMA.read_text("utf-8"), schema_pb2.Schema())
    (label,) = (each for each in found.feature if each.name == LABEL)
    label.int_domain.max = num_classes - 1
    found.dataset_constraints.min_examples_count = min_examples
    return found
