"""Checks the schema's minimum number of images.

AnomalyGate checks the same, on every orchestrator; this check runs before the
first component and reports the counts.
"""

from __future__ import annotations

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from modules.common.errors import UserError
from modules.schema import SCHEMA
from pipeline.data.source import DataSource


def require_enough(source: DataSource) -> None:
    """Refuses a data set with fewer images than the schema's minimum.

    Raises:
      UserError: if a split has fewer.
    """
    schema = text_format.Parse(SCHEMA.read_text("utf-8"), schema_pb2.Schema())
    minimum = schema.dataset_constraints.min_examples_count
    counts = {"train": source.train_count, "test": source.test_count}
    for split, count in counts.items():
        if count < minimum:
            raise UserError(
                f"found {count:,} images in the split {split} of {source.uri}, "
                f"expected at least {minimum:,} ({SCHEMA.name}). Add images, "
                "or change min_examples_count there."
            )
