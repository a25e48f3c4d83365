"""Histograms of two data sets over the same buckets, to be compared by TFDV.

TFDV makes ten buckets of equal width between a data set's own extremes. Two
random halves of a data set have other extremes, so TFDV spreads the counts of
each over the buckets of the other: where a statistic has long tails, most
images are in two or three of them, and that alone looks like drift. Here the
buckets are the tenths of the data set that is compared with; those of labels
are classes, also where a split lacks the first or the last.

Pure numpy on protocol buffers: no TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from tensorflow_metadata.proto.v0.statistics_pb2 import (
    Histogram,
    NumericStatistics,
)

from modules.data_profile.summary import Statistics
from modules.features import LABEL
from modules.image_statistics import STATISTICS

_GROUPS = 10
_ROUNDING = 1e-6


def aligned(
    statistics: Statistics,
    others: Statistics,
    names: Collection[str] = STATISTICS,
) -> tuple[Statistics, Statistics]:
    """Copies of both, their features over the tenths of `others`; and classes.

    The buckets are numbered: their limits are only used to tell that they are
    the same in both.

    Args:
      statistics: TFDV's.
      others: of the data set that is compared with.
      names: of the features, which are numbers; others stay as they are.
    """
    copies = Statistics(), Statistics()
    for copy, source in zip(copies, (statistics, others), strict=True):
        copy.CopyFrom(source)
    here, there = (_by_name(copy, names) for copy in copies)
    for name in here.keys() & there.keys():
        limits = _limits(there[name])
        for numbers in (here[name], there[name]):
            _put(numbers, np.diff(_counts_up_to(numbers, limits)))
    labels = [
        found[LABEL]
        for found in (_by_name(copy, [LABEL]) for copy in copies)
        if LABEL in found
    ]
    if len(labels) == len(copies):
        classes = 1 + int(max(numbers.max for numbers in labels))
        for numbers in labels:
            _put(numbers, _grouped(_class_counts(numbers, classes)))
    return copies


def _put(numbers: NumericStatistics, counts: NDArray[np.float64]) -> None:
    """Replaces the histograms by one of these counts."""
    del numbers.histograms[:]
    made = numbers.histograms.add(type=Histogram.STANDARD)
    for i, count in enumerate(counts):
        made.buckets.add(low_value=i, high_value=i + 1, sample_count=count)


def _class_counts(
    numbers: NumericStatistics, classes: int
) -> NDArray[np.float64]:
    """The images of each class, [K]: those of a bucket evenly on its classes.

    A bucket of TFDV has the classes above its lower limit, up to its upper one.
    """
    (found,) = (h for h in numbers.histograms if h.type == Histogram.STANDARD)
    counts = np.zeros(classes)
    first = math.ceil(found.buckets[0].low_value - _ROUNDING)
    for bucket in found.buckets:
        end = math.floor(bucket.high_value + _ROUNDING) + 1
        if end > first:
            counts[first:end] += bucket.sample_count / (end - first)
            first = end
    return counts


def _grouped(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The classes in at most ten groups of neighbours."""
    groups = np.array_split(counts, min(_GROUPS, len(counts)))
    return np.array([group.sum() for group in groups])


def _by_name(
    statistics: Statistics, names: Collection[str]
) -> dict[str, NumericStatistics]:
    (data,) = statistics.datasets
    found = {f.path.step[0]: f.num_stats for f in data.features if f.path.step}
    return {name: found[name] for name in names if name in found}


def _limits(numbers: NumericStatistics) -> NDArray[np.float64]:
    """The tenths, and the least value if a tenth of the images have it.

    Without that, images below the only value of a constant feature would be in
    a bucket with those that have it.
    """
    values, _ = _knots(numbers)
    low = [_below(values[0])] if values[0] == values[1] else []
    return np.unique([*low, *values[1:-1]])


def _counts_up_to(
    numbers: NumericStatistics, limits: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The images with values up to each limit, between 0 and all: [K + 2]."""
    values, counts = _knots(numbers)
    last = np.append(values[1:] > values[:-1], True)  # Of several equal ones.
    tied = np.diff(np.flatnonzero(last), prepend=-1) > 1
    values, counts = values[last], counts[last]
    # Where several are equal, the counts leap; elsewhere they grow evenly.
    feet = np.concatenate([[0.0], counts[:-1]])[tied]
    known = np.sort(np.concatenate([_below(values[tied]), values]))
    up_to = np.sort(np.concatenate([feet, counts]))
    found = np.interp(limits, known, up_to, left=0.0)
    return np.concatenate([[0.0], found, counts[-1:]])


def _below(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.nextafter(values, -np.inf)


def _knots(
    numbers: NumericStatistics,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """TFDV's quantiles, and the images with values up to each."""
    histograms = numbers.histograms
    (found,) = (h for h in histograms if h.type == Histogram.QUANTILES)
    values = [b.low_value for b in found.buckets[:1]]
    values += [b.high_value for b in found.buckets]
    counts = np.cumsum([0.0, *(b.sample_count for b in found.buckets)])
    return np.array(values), counts
