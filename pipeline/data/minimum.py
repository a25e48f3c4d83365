"""Checks the schema's minimum number of images.

AnomalyGate checks the same, on every orchestrator; this check runs before the
first component and reports the counts.
"""

from __future__ import annotations

from modules.common.errors import UserError
from pipeline.data.source import DataSource
from pipeline.datasets.config import DatasetConfig


def require_enough(source: DataSource, dataset: DatasetConfig) -> None:
    """Refuses images that are fewer than the data set's minimum.

    Raises:
      UserError: if a split has fewer.
    """
    minimum = dataset.min_examples
    counts = {"train": source.train_count, "test": source.test_count}
    for split, count in counts.items():
        if count < minimum:
            raise UserError(
                f"found {count:,} images in the split {split} of {source.uri}, "
                f"expected at least {minimum:,}. Add images, or set min_images "
                f"in the file of the data set {dataset.name}."
            )
