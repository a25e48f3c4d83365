"""Labelled images of a root's data set, to measure a pushed model on.

Importing TensorFlow takes seconds: import this only when it is needed.
"""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from modules.common.errors import UserError


def examples(
    artifacts: Path, split: str, count: int
) -> list[tuple[bytes, int]]:
    """PNG files and labels of a split of the newest examples.

    Args:
      artifacts: the pipeline root.
      split: `train` or `test`.
      count: at most so many, spread evenly over the split.

    Raises:
      UserError: if no run has left examples there.
    """
    folder = artifacts / "ImageExampleGen" / "examples"
    runs = sorted(
        folder.glob(f"*/Split-{split}"), key=lambda p: int(p.parent.name)
    )
    if not runs:
        raise UserError(
            f"there are no examples in {folder}; expected the root of a run, "
            "with its artifacts: --root."
        )
    files = sorted(runs[-1].iterdir())
    rows = tf.data.TFRecordDataset(
        [str(path) for path in files],
        compression_type="GZIP" if files[0].suffix == ".gz" else "",
    )
    total = sum(1 for _ in rows)
    step = max(1, total // count)
    chosen = rows.shard(step, 0).take(count)
    return [_parsed(record.numpy()) for record in chosen]


def _parsed(record: bytes) -> tuple[bytes, int]:
    features = tf.train.Example.FromString(record).features.feature
    return (
        features["image"].bytes_list.value[0],
        features["label"].int64_list.value[0],
    )
