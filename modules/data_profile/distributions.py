"""Drift, skew and learned limits of the image statistics, by TFDV.

TFDV compares the histograms of each feature: with those of the baseline's data
(drift), of the two splits with each other (skew), and values with a schema's
limits. Imports TFDV, which takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import tfx  # noqa: F401  (first: TFDV needs what it stands in for in tfx_bsl)

# isort: split
import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from modules.data_profile.alignment import aligned
from modules.data_profile.summary import SplitSummary, Statistics, summarize
from modules.data_profile.verdict import Distance, Finding
from modules.features import LABEL
from modules.image_statistics import STATISTICS

TOLERANCE = 0.02
"""The Jensen-Shannon divergence that two data sets of any size may have."""
NOISE = 5.0
"""Times 1/n + 1/m: what samples of n and m images may have by chance. The
divergence of two samples in ten buckets is about chi-squared / (8 ln 2) times
that, with nine degrees of freedom: 1.6 on average, 5.0 once in a thousand."""
FEW = 16.0
"""Times the square of that: of some tens of images the buckets have so few that
the divergence has a longer tail than chi-squared."""
MARGIN = 0.25
"""By how much of the range seen a learned limit lies outside of it."""
ALLOWANCE = 1.25
"""A skew that was accepted may grow by this factor."""

_Info = anomalies_pb2.AnomalyInfo
_OUT_OF_RANGE = {_Info.FLOAT_TYPE_SMALL_FLOAT, _Info.FLOAT_TYPE_BIG_FLOAT}


def threshold(images: int, others: int) -> float:
    """The greatest divergence that samples of these sizes may have."""
    chance = 1 / images + 1 / others
    return TOLERANCE + NOISE * chance + FEW * chance**2


def learn_limits(
    schema: schema_pb2.Schema, splits: Iterable[Statistics]
) -> schema_pb2.Schema:
    """`schema` with the limits of a data set for the image statistics.

    Args:
      schema: the curated one.
      splits: the statistics of all of the data set's splits.
    """
    summaries = [summarize(statistics) for statistics in splits]
    learned = schema_pb2.Schema()
    learned.CopyFrom(schema)
    for feature in learned.feature:
        if feature.name in STATISTICS:
            seen = [s.features[feature.name] for s in summaries]
            low, high = min(s.low for s in seen), max(s.high for s in seen)
            domain, margin = feature.float_domain, MARGIN * (high - low)
            domain.min = max(domain.min, low - margin)
            domain.max = min(domain.max, high + margin)
    return learned


def compare(
    kind: str,
    split: str,
    statistics: Statistics,
    others: Statistics,
    allowed: Mapping[str, Distance] | None = None,
) -> list[Distance]:
    """How far each image statistic, and the label, are from another data set.

    TFDV compares their histograms over the same buckets; see `alignment`.

    Args:
      kind: `drift` or `skew`.
      split: whose distributions they are.
      statistics: of the split.
      others: what it is compared with.
      allowed: earlier distances by feature; what was accepted then is allowed.
    """
    limit = threshold(
        statistics.datasets[0].num_examples, others.datasets[0].num_examples
    )
    statistics, others = aligned(statistics, others)
    schema = tfdv.infer_schema(others)
    accepted = {name: _accepted(d) for name, d in (allowed or {}).items()}
    thresholds = {}
    for feature in schema.feature:
        name = feature.name
        if name not in STATISTICS and name != LABEL:
            continue
        thresholds[name] = max(limit, accepted.get(name, 0.0))
        divergence = feature.drift_comparator.jensen_shannon_divergence
        divergence.threshold = thresholds[name]
    found = tfdv.validate_statistics(
        statistics, schema, previous_statistics=others
    )
    measured = {
        info.path.step[0]: info.drift_measurements[0].value
        for info in found.drift_skew_info
        if info.drift_measurements
    }
    return [
        Distance(
            kind="drift" if kind == "drift" else "skew",
            split=split,
            feature=name,
            value=value,
            threshold=thresholds[name],
            allowed=accepted.get(name, 0.0),
        )
        for name, value in measured.items()
        if name in thresholds
    ]


def _accepted(earlier: Distance) -> float:
    """What an earlier distance allows, as it was accepted then or before."""
    grown = ALLOWANCE * earlier.value if earlier.too_far else 0.0
    return max(earlier.allowed, grown)


def describe(
    distances: Sequence[Distance],
    summaries: Mapping[str, SplitSummary],
    before: Mapping[str, SplitSummary],
    baseline: str,
) -> Iterator[Finding]:
    """A finding for each distance that is too great.

    Args:
      distances: all of them.
      summaries: of the run's splits.
      before: of the baseline's splits.
      baseline: the version.
    """
    for d in filter(lambda d: d.too_far, distances):
        if d.kind == "skew":
            where, pairs = "between the splits", (summaries, summaries)
            names = ("train", "test")
        else:
            where, pairs = f"from version {baseline}", (before, summaries)
            names = (d.split, d.split)
        means = [
            f"{splits[name].features[d.feature].mean:.3f}"
            for splits, name in zip(pairs, names, strict=True)
            if d.feature in splits[name].features
        ]
        mean = f", mean {' -> '.join(means)}" if means else ""
        yield Finding(
            f"{d.feature} of {d.split}: {d.kind} {d.value:.3f} {where}, "
            f"expected at most {d.threshold:.3f}{mean}",
            "change",
            d.value / d.threshold,
        )


def beyond_limits(
    split: str, statistics: Statistics, limits: schema_pb2.Schema
) -> Iterator[Finding]:
    """The image statistics with values beyond the learned limits."""
    found = tfdv.validate_statistics(statistics, limits)
    domains = {f.name: f.float_domain for f in limits.feature}
    for name, summary in summarize(statistics).features.items():
        reasons = found.anomaly_info[name].reason
        if any(reason.type in _OUT_OF_RANGE for reason in reasons):
            domain = domains[name]
            yield Finding(
                f"{name} of {split}: found {summary.low:.3f} to "
                f"{summary.high:.3f}, expected the learned {domain.min:.3f} to "
                f"{domain.max:.3f}",
                "change",
                1.0,
            )
