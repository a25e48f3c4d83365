"""Counting rows from component to component, so that none gets lost.

The source says how many images there are; each component that writes examples
says how many it wrote, as a property of the artifact, and each that reads them
counts what it finds. A file that is missing, emptied or cut short is an error
before anything is learned from the rest, on Kubeflow too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tfx.types import Artifact

from modules.common import tfrecords
from modules.common.errors import UserError

PROPERTY = "rows"
"""The custom property: the rows of each split, as a JSON object."""


def record(
    examples: Artifact, expected: Mapping[str, int], source: str
) -> None:
    """Notes how many rows an artifact has that was just written.

    Args:
      examples: the artifact, complete.
      expected: how many rows each of its splits must have.
      source: where they come from, for the error.

    Raises:
      UserError: if it has others.
    """
    _require(tfrecords.count_rows(Path(examples.uri)), expected, source)
    examples.set_string_custom_property(PROPERTY, json.dumps(dict(expected)))


def check(examples: Artifact) -> dict[str, int]:
    """The rows of each split of an artifact that is about to be read.

    Raises:
      UserError: if they are not as many as were written.
    """
    found = tfrecords.count_rows(Path(examples.uri))
    if recorded := examples.get_string_custom_property(PROPERTY):
        _require(found, json.loads(recorded), examples.uri)
    return found


def _require(
    found: Mapping[str, int], expected: Mapping[str, int], source: str
) -> None:
    for split, rows in expected.items():
        if found.get(split, 0) != rows:
            raise UserError(
                f"found {found.get(split, 0):,} rows in the split {split}, "
                f"expected the {rows:,} of {source}. Rows were lost or "
                "duplicated in transit: run again, with nothing else writing "
                "there."
            )
