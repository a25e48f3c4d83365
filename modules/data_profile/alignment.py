"""Histograms of two data sets over the same buckets, to be compared by TFDV.

TFDV makes ten buckets of equal width between a data set's own extremes. Two
random halves of a data set have other extremes, so TFDV spreads the counts of
each over the buckets of the other: where a statistic has long tails, most
images are in two or three of them, and that alone looks like drift. Here the
buckets are the tenths of the data set that is compared with.

Pure numpy on protocol buffers: no TensorFlow.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tensorflow_metadata.proto.v0.statistics_pb2 import (
    Histogram,
    NumericStatistics,
)

from modules.data_profile.summary import Statistics
from modules.image_statistics import STATISTICS


def aligned(
    statistics: Statistics, others: Statistics
) -> tuple[Statistics, Statistics]:
    """Copies of both, their image statistics over the tenths of `others`.

    The buckets are numbered: their limits are only used to tell that they are
    the same in both.
    """
    copies = Statistics(), Statistics()
    for copy, source in zip(copies, (statistics, others), strict=True):
        copy.CopyFrom(source)
    here, there = map(_by_name, copies)
    for name in here.keys() & there.keys():
        limits = np.unique(_knots(there[name])[0][1:-1])
        for numbers in (here[name], there[name]):
            counts = np.diff(_counts_up_to(numbers, limits))
            del numbers.histograms[:]
            made = numbers.histograms.add(type=Histogram.STANDARD)
            for i, count in enumerate(counts):
                made.buckets.add(
                    low_value=i, high_value=i + 1, sample_count=count
                )
    return copies


def _by_name(statistics: Statistics) -> dict[str, NumericStatistics]:
    (data,) = statistics.datasets
    found = {f.path.step[0]: f.num_stats for f in data.features if f.path.step}
    return {name: found[name] for name in STATISTICS if name in found}


def _counts_up_to(
    numbers: NumericStatistics, limits: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The images with values up to each limit, between 0 and all: [K + 2]."""
    values, counts = _knots(numbers)
    last = np.append(values[1:] > values[:-1], True)  # Of several equal ones.
    before = np.interp(limits, values[last], counts[last], left=0.0)
    return np.concatenate([[0.0], before, counts[-1:]])


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
