"""TFDV's statistics as plain numbers, for messages, the report and the card.

No TensorFlow: the statistics are read as protocol buffers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from tensorflow_metadata.proto.v0 import statistics_pb2

from modules.common.errors import UserError
from modules.image_statistics import STATISTICS

SPLITS = ("train", "test")
FILE = "FeatureStats.pb"
"""The name that StatisticsGen gives the file of a split."""

Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
_Numbers: TypeAlias = statistics_pb2.NumericStatistics
_STANDARD = statistics_pb2.Histogram.STANDARD


@dataclasses.dataclass(frozen=True, kw_only=True)
class Summary:
    """The distribution of an image statistic.

    Attributes:
      mean: over the images.
      deviation: the standard deviation.
      low: the least value.
      high: the greatest value.
      zeros: the number of images where it is 0.
      histogram: images in bins of equal width from `low` to `high`.
    """

    mean: float
    deviation: float
    low: float
    high: float
    zeros: int
    histogram: tuple[float, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class SplitSummary:
    """The statistics of a split: the image statistics by name."""

    images: int
    features: Mapping[str, Summary]


def split_directory(directory: Path, split: str) -> Path:
    """Where the statistics of a split are, in an artifact or a profile."""
    return directory / f"Split-{split}"


def read(directory: Path, split: str) -> Statistics:
    """TFDV's statistics of a split.

    Raises:
      UserError: if they are not there.
    """
    path = split_directory(directory, split) / FILE
    try:
        return Statistics.FromString(path.read_bytes())
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}); expected the "
            "statistics of a split. Run again in an empty root."
        ) from error


def summarize(statistics: Statistics) -> SplitSummary:
    """The image statistics of a split; those that it has."""
    (data,) = statistics.datasets
    found = {
        (f.path.step[0] if f.path.step else f.name): f.num_stats
        for f in data.features
    }
    return SplitSummary(
        images=data.num_examples,
        features={
            name: _summary(found[name]) for name in STATISTICS if name in found
        },
    )


def read_all(directory: Path) -> dict[str, SplitSummary]:
    """The statistics of both splits of an artifact or a profile.

    Raises:
      UserError: if they are not there.
    """
    return {s: summarize(read(directory, s)) for s in SPLITS}


def _summary(numbers: _Numbers) -> Summary:
    bins = next(
        (h.buckets for h in numbers.histograms if h.type == _STANDARD), ()
    )
    return Summary(
        mean=numbers.mean,
        deviation=numbers.std_dev,
        low=numbers.min,
        high=numbers.max,
        zeros=numbers.num_zeros,
        histogram=tuple(b.sample_count for b in bins),
    )
