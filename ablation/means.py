"""Means over seeds, and differences between systems seed by seed."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping, Sequence

from scipy import stats

CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Mean:
    """A mean over seeds.

    Attributes:
      value: the mean.
      sd: the sample standard deviation; None of a single value.
      count: how many values.
    """

    value: float
    sd: float | None
    count: int


@dataclasses.dataclass(frozen=True)
class Difference:
    """A mean difference between two systems.

    Attributes:
      value: the mean over the seeds that both have.
      half_width: of its confidence interval; None of a single seed.
      count: how many seeds.
    """

    value: float
    half_width: float | None
    count: int


def mean(values: Sequence[float]) -> Mean:
    """Mean and standard deviation of at least one value."""
    sd = statistics.stdev(values) if len(values) > 1 else None
    return Mean(statistics.fmean(values), sd, len(values))


def paired(
    values: Mapping[int, float], baseline: Mapping[int, float]
) -> Difference | None:
    """The paired differences between `values` and `baseline`, by seed.

    The seeds share the sample, the labels and the test images, so that the
    differences vary less than the values. The interval is Student's, for the
    mean of the differences; with three seeds it is 2.5 of their standard
    deviations wide on each side.

    Args:
      values: by seed.
      baseline: by seed.

    Returns:
      None if no seed is in both.
    """
    differences = [
        values[seed] - baseline[seed] for seed in values if seed in baseline
    ]
    if not differences:
        return None
    found = mean(differences)
    if found.sd is None:
        return Difference(found.value, None, 1)
    quantile = stats.t.ppf((1 + CONFIDENCE) / 2, found.count - 1)
    half_width = float(quantile) * found.sd / found.count**0.5
    return Difference(found.value, half_width, found.count)
