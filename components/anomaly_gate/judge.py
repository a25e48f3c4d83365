"""All checks of a run's data, against its baseline where there is one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.image_example_gen.contents import Contents
from modules.data_profile import contents_checks as checks
from modules.data_profile import distributions, summary, verdict
from modules.data_profile.summary import SplitSummary, Statistics
from modules.data_profile.verdict import Distance, Finding, Verdict

Limits: TypeAlias = schema_pb2.Schema


@dataclasses.dataclass(frozen=True, kw_only=True)
class Data:
    """A run's data, as far as it is judged.

    Attributes:
      statistics: TFDV's, by split.
      contents: ImageExampleGen's counts.
      class_names: in label order.
      schema: the curated one.
    """

    statistics: Mapping[str, Statistics]
    contents: Contents
    class_names: Sequence[str]
    schema: Limits

    def mixes(self) -> dict[str, tuple[float, ...]]:
        """The share of each class, by split."""
        return {
            split: checks.class_mix(counts)
            for split, counts in self.contents.classes.items()
        }

    def learned(self) -> Limits:
        """The schema with the limits of this data."""
        values = self.statistics.values()
        return distributions.learn_limits(self.schema, values)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Baseline:
    """What is known of the data that was pushed with a version."""

    version: str
    verdict: Verdict
    statistics: Mapping[str, Statistics]
    limits: Limits


def judge(
    data: Data, version: str, profile: Path, *, accepted: bool
) -> tuple[Verdict, Limits]:
    """The verdict on a run's data, and the limits for later runs.

    Limits and class mix are learned from the first data, or from data that is
    accepted, and handed on from then: slow drift does not add up.

    Args:
      data: the run's.
      version: of the baseline; "" if there is none.
      profile: the baseline's.
      accepted: whether this data is the new normal.

    Raises:
      UserError: if the baseline's profile is damaged.
    """
    baseline = (
        _read(version, profile, list(data.statistics)) if version else None
    )
    distances = _distances(data, baseline)
    if baseline is None or accepted:
        limits, mix = data.learned(), data.mixes()
    else:
        limits, mix = baseline.limits, dict(baseline.verdict.class_mix)
    found = [
        *_contents(data),
        *_changes(data, baseline, distances),
    ]
    return Verdict(
        baseline=version,
        accepted=accepted,
        distances=tuple(distances),
        findings=tuple(verdict.worst_first(found)),
        class_mix=mix,
    ), limits


def _read(version: str, profile: Path, splits: Sequence[str]) -> _Baseline:
    text = (profile / verdict.SCHEMA_FILE).read_text("utf-8")
    return _Baseline(
        version=version,
        verdict=verdict.read(profile),
        statistics={split: summary.read(profile, split) for split in splits},
        limits=text_format.Parse(text, Limits()),
    )


def _distances(data: Data, baseline: _Baseline | None) -> list[Distance]:
    before = baseline.verdict.distances if baseline else ()
    found = distributions.compare(
        "skew",
        "train",
        data.statistics["train"],
        data.statistics["test"],
        {d.feature: d for d in before if d.kind == "skew"},
    )
    if baseline:
        for split, statistics in data.statistics.items():
            found += distributions.compare(
                "drift", split, statistics, baseline.statistics[split]
            )
    return found


def _contents(data: Data) -> Iterator[Finding]:
    """Leakage, duplicates and constant images: never accepted."""
    images = {s: sum(c) for s, c in data.contents.classes.items()}
    yield from checks.leaked(
        data.contents.shared, images["test"], data.contents.pairs
    )
    for split, statistics in data.statistics.items():
        yield from checks.repeated(
            split, data.contents.repeated[split], images[split]
        )
        yield from checks.constant(split, summary.summarize(statistics))


def _changes(
    data: Data, baseline: _Baseline | None, distances: Sequence[Distance]
) -> Iterator[Finding]:
    """What may be accepted as the new normal."""
    now = _summaries(data.statistics)
    if baseline is None:
        yield from distributions.describe(distances, now, {}, "")
        for split, found in now.items():
            yield from checks.grey(split, found)
        return
    before = _summaries(baseline.statistics)
    version = baseline.version
    yield from distributions.describe(distances, now, before, version)
    mixes = data.mixes()
    for split, statistics in data.statistics.items():
        yield from distributions.beyond_limits(
            split, statistics, baseline.limits
        )
        yield from checks.shifted_classes(
            split, mixes[split], baseline.verdict.class_mix, data.class_names
        )


def _summaries(
    statistics: Mapping[str, Statistics],
) -> dict[str, SplitSummary]:
    return {s: summary.summarize(found) for s, found in statistics.items()}
