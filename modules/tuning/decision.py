"""Which values a search ends with; pure numpy.

A search must not make a model worse. A trial is shorter than the training that
follows, the best of many trials owes its lead partly to chance, and the holdout
is finite. So the current values stay unless one of two rules says otherwise:

- *full schedule*: where the time allows it, the best trials train again beside
  the current values, for as long as the Trainer will. One replaces them if it
  leads by more than one standard error there (the one-standard-error rule of
  Breiman et al., *Classification and Regression Trees*, 1984, with the current
  values as the simplest choice).
- *uncertainty*: otherwise the best of the short trials replaces them if it
  leads by more than 1.96 standard errors, the 95 % interval.

Both trials are scored on the same images, so the standard error is that of the
mean paired difference. It says nothing about other seeds.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from modules.tuning.records import DEFAULTS, Direction, Floats, TrialRecord

Rule = Literal["full_schedule", "uncertainty", "no_challenger", "no_baseline"]

ERRORS: dict[Rule, float] = {"full_schedule": 1.0, "uncertainty": 1.96}
"""The standard errors that a challenger has to lead by."""

LARGEST_SHARE = 2 / 3
"""The most of a search's time that its final round may take."""

SLACK = 1.1
"""How much longer than its share of the epochs a longer training may take."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Contestant:
    """A completed trial.

    Attributes:
      number: the trial's.
      score: its last.
      epochs: of its schedule.
      values: what each holdout image contributes, float [N]; the score is their
        weighted mean. None if that is not known.
    """

    number: int
    score: float
    epochs: float
    values: Floats | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Decision:
    """What a search ends with, and why.

    Attributes:
      chosen: the number of the trial whose values are taken.
      rule: what decided.
      challenger: the number of the best other trial; None without one.
      lead: by how much its score is better than the current values'.
      standard_error: of that lead; None if it is not known.
      epochs: of both trials' schedules.
    """

    chosen: int
    rule: Rule
    challenger: int | None = None
    lead: float | None = None
    standard_error: float | None = None
    epochs: float | None = None

    def sentence(self) -> str:
        """The decision in words, without a full stop."""
        if self.rule == "no_baseline":
            return (
                f"trial {self.chosen + 1} is taken: the current values could "
                "not be trained"
            )
        if self.challenger is None or self.lead is None:
            return "the current values stay: no trial was better"
        kept = self.chosen == DEFAULTS
        result = "the current values stay" if kept else "its values are taken"
        error = self.standard_error
        shown = "unknown" if error is None else f"{error:.2g}"
        where = (
            "at the full schedule"
            if self.rule == "full_schedule"
            else "in short trials"
        )
        return (
            f"trial {self.challenger + 1} leads the current values by "
            f"{self.lead:.2g} {where} ({self.epochs:g} epochs; standard error "
            f"{shown}, needed {ERRORS[self.rule]:g} of it): {result}"
        )


def standard_error(
    first: Floats | None, second: Floats | None, weights: Floats
) -> float | None:
    """Of the difference of two scores on the same images.

    Args:
      first: what each image contributes to one score, float [N].
      second: to the other.
      weights: of the images in both, float [N]; they add up to 1.

    Returns:
      The standard error of the weighted mean difference; None if there are
      fewer than two images, or the contributions are not known.
    """
    if first is None or second is None or len(weights) < 2:
        return None
    difference = np.asarray(first, np.float64) - second
    deviations = weights * (difference - weights @ difference)
    correction = len(weights) / (len(weights) - 1)
    return float(np.sqrt(correction * np.square(deviations).sum()))


def decide(
    trials: Iterable[Contestant],
    finals: Iterable[Contestant],
    *,
    schedule: float,
    direction: Direction,
    weights: Floats,
) -> Decision:
    """Decides a search.

    Args:
      trials: the completed ones, at least one.
      finals: those of the final round, the same numbers at the full schedule;
        it counts if the current values are among them.
      schedule: epochs of the full schedule.
      direction: whether a higher or a lower score is better.
      weights: of the holdout's images in a score, float [N].
    """
    short, long = list(trials), list(finals)
    if not any(each.number == DEFAULTS for each in short):
        best = _best(short, direction)
        return Decision(chosen=best.number, rule="no_baseline")
    if len(long) > 1 and any(each.number == DEFAULTS for each in long):
        return _between(long, "full_schedule", direction, weights)
    full = all(each.epochs >= schedule for each in short)
    rule: Rule = "full_schedule" if full else "uncertainty"
    return _between(short, rule, direction, weights)


def challengers(
    trials: Iterable[Contestant], direction: Direction, most: int
) -> list[int]:
    """The numbers of the trials that a final round is for, best first.

    They are better than the current values, at the same length.
    """
    found = list(trials)
    known = [each for each in found if each.number == DEFAULTS]
    if not known:
        return []
    (current,) = known
    better = sorted(
        (
            each
            for each in found
            if each.epochs == current.epochs
            and _lead(each, current, direction) > 0
        ),
        key=lambda each: -_lead(each, current, direction),
    )
    return [each.number for each in better[:most]]


def reserve(baseline: TrialRecord, schedule: float, most: int) -> float:
    """The seconds that a final round takes; 0 if there is none.

    Args:
      baseline: the completed trial with the current values.
      schedule: epochs of the full schedule.
      most: challengers in the final round.
    """
    if most < 1 or baseline.epochs >= schedule:
        return 0.0
    full = baseline.seconds * schedule / len(baseline.scores) * SLACK
    return (most + 1) * full


def _between(
    contestants: Sequence[Contestant],
    rule: Rule,
    direction: Direction,
    weights: Floats,
) -> Decision:
    (current,) = (each for each in contestants if each.number == DEFAULTS)
    others = [
        each
        for each in contestants
        if each is not current and each.epochs == current.epochs
    ]
    if not others:
        return Decision(chosen=DEFAULTS, rule="no_challenger")
    best = _best(others, direction)
    lead = _lead(best, current, direction)
    if lead <= 0:
        return Decision(chosen=DEFAULTS, rule="no_challenger")
    error = standard_error(best.values, current.values, weights)
    wins = error is not None and lead > ERRORS[rule] * error
    return Decision(
        chosen=best.number if wins else DEFAULTS,
        rule=rule,
        challenger=best.number,
        lead=lead,
        standard_error=error,
        epochs=current.epochs,
    )


def _best(
    contestants: Sequence[Contestant], direction: Direction
) -> Contestant:
    sign = 1 if direction == "max" else -1
    return max(contestants, key=lambda each: (sign * each.score, -each.number))


def _lead(
    challenger: Contestant, current: Contestant, direction: Direction
) -> float:
    difference = challenger.score - current.score
    lead = difference if direction == "max" else -difference
    return lead if math.isfinite(lead) else -math.inf
