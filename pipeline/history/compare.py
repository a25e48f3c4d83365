"""Compares two runs: metrics with uncertainty, and settings that differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from modules.evaluation import uncertainty
from modules.evaluation.uncertainty import Difference
from pipeline.history import settings
from pipeline.history.record import Record
from pipeline.history.settings import Setting

Better = Literal["higher", "lower"]


@dataclasses.dataclass(frozen=True)
class Metric:
    """A figure of the result.

    Attributes:
      field: of `Record`.
      title: in words.
      shape: how it is written.
      better: which values are.
    """

    field: str
    title: str
    shape: str = ".4f"
    better: Better = "higher"


METRICS = (
    Metric("accuracy", "accuracy"),
    Metric("top_2_accuracy", "top-2 accuracy"),
    Metric("macro_f1", "macro F1"),
    Metric("capped_recall", "capped classes' recall"),
    Metric("uncapped_recall", "other classes' recall"),
    Metric("nll", "NLL", better="lower"),
    Metric("ece", "ECE", better="lower"),
    Metric("psnr", "PSNR, dB", ".2f"),
    Metric("ssim", "SSIM"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class MetricRow:
    """A metric of two runs.

    Attributes:
      title: in words.
      shape: how its values are written.
      first: its value; None is unknown.
      second: likewise.
      difference: with its uncertainty; None where that cannot be told.
    """

    title: str
    shape: str
    first: float | None
    second: float | None
    difference: Difference | None = None

    @property
    def change(self) -> float | None:
        """Second minus first, if both are known."""
        if self.first is None or self.second is None:
            return None
        return self.second - self.first


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two runs.

    Attributes:
      first: the one to compare with.
      second: the other one.
      metrics: the figures of all test images.
      classes: the recall of each class.
      settings: what differs.
      same: the groups of settings in which nothing differs.
      unknown: those of which at least one record says nothing.
    """

    first: Record
    second: Record
    metrics: tuple[MetricRow, ...]
    classes: tuple[MetricRow, ...]
    settings: tuple[Setting, ...]
    same: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """The difference in accuracy, in a sentence."""
        accuracy = self.metrics[0].difference
        if accuracy is None:
            return "The accuracies cannot be compared: one is unknown."
        interval = f"{accuracy.value:+.4f} ± {accuracy.margin:.4f}"
        test = "McNemar" if accuracy.paired else "unpaired z-test"
        p_value = f"= {accuracy.p_text}".replace("= <", "< ")
        how = f"{interval} (95 %), p {p_value}, {test}"
        if not accuracy.shown():
            return f"No difference in accuracy is shown: {how}."
        word = "higher" if accuracy.value > 0 else "lower"
        return f"{self.second.run} has the {word} accuracy: {how}."

    @property
    def notable(self) -> tuple[MetricRow, ...]:
        """The classes whose recall is shown to differ, one in a family."""
        return tuple(
            row
            for row in self.classes
            if row.difference and row.difference.shown(len(self.classes))
        )


def compare(first: Record, second: Record) -> Comparison:
    """Compares two runs by their records."""
    answers = _Answers.of(first, second)
    found = settings.compare(settings.groups(first), settings.groups(second))
    return Comparison(
        first=first,
        second=second,
        metrics=tuple(_metrics(first, second, answers)),
        classes=tuple(_classes(first, second, answers)),
        settings=found.differing,
        same=found.same,
        unknown=found.unknown,
    )


@dataclasses.dataclass(frozen=True)
class _Answers:
    """Two models' results on the same images: labels, and who is right."""

    labels: NDArray[np.int64]
    first: NDArray[np.bool_]
    second: NDArray[np.bool_]

    @classmethod
    def of(cls, first: Record, second: Record) -> _Answers | None:
        """None where the images are not the same, or not all is known."""
        a, b = first.predictions, second.predictions
        if a is None or b is None:
            return None
        if (a.images, a.labels) != (b.images, b.labels):
            return None
        try:
            (labels, one), (_, other) = a.arrays(), b.arrays()
        except ValueError:
            return None
        return cls(labels, one == labels, other == labels)

    def within(self, labels: list[int]) -> Difference:
        """The difference of the mean recall of some classes."""
        rows = np.isin(self.labels, labels)
        return uncertainty.macro(
            self.first[rows], self.second[rows], self.labels[rows]
        )


def _metrics(
    first: Record, second: Record, answers: _Answers | None
) -> Iterator[MetricRow]:
    for metric in METRICS:
        yield MetricRow(
            title=metric.title,
            shape=metric.shape,
            first=getattr(first, metric.field),
            second=getattr(second, metric.field),
            difference=_difference(metric.field, first, second, answers),
        )


def _difference(
    field: str, first: Record, second: Record, answers: _Answers | None
) -> Difference | None:
    """What the test images say about a metric's difference, if they do."""
    values = getattr(first, field), getattr(second, field)
    if None in values or not (first.test_images and second.test_images):
        return None
    if field in ("accuracy", "top_2_accuracy"):
        if answers and field == "accuracy":
            return uncertainty.mcnemar(answers.first, answers.second)
        return uncertainty.unpaired(
            values[0], first.test_images, values[1], second.test_images
        )
    if answers and field in ("capped_recall", "uncapped_recall"):
        capped = _capped(first)
        if capped != _capped(second):
            return None  # They are not about the same classes.
        wanted = field == "capped_recall"
        return answers.within([i for i, c in enumerate(capped) if c is wanted])
    return None


def _capped(record: Record) -> list[bool]:
    return [c.capped for c in record.classes]


def _classes(
    first: Record, second: Record, answers: _Answers | None
) -> Iterator[MetricRow]:
    """The recall of each class that both runs have."""
    others = {c.name: c for c in second.classes}
    for label, one in enumerate(first.classes):
        if (other := others.get(one.name)) is None:
            continue
        rows = answers.labels == label if answers else None
        difference: Difference | None = None
        if answers and rows is not None and rows.any():
            difference = uncertainty.mcnemar(
                answers.first[rows], answers.second[rows]
            )
        elif one.images and other.images:
            difference = uncertainty.unpaired(
                one.recall, one.images, other.recall, other.images
            )
        yield MetricRow(
            title=one.name,
            shape=".3f",
            first=one.recall,
            second=other.recall,
            difference=difference,
        )
