"""How to search: typed configuration, shared by the presets and the Tuners.

No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from modules.common.fields import (
    NOT_NEGATIVE,
    ONE_OR_MORE,
    SHARE,
    bounded,
)

Strategy = Literal["bayesian", "hyperband", "random"]

LIMITS = ("trials", "minutes", "finalists")


@dataclasses.dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """The bounds of one search, and how it chooses what to try.

    Attributes:
      strategy: how values are chosen: Bayesian optimisation with a Gaussian
        process after five trials, Hyperband (Li et al. 2018), or at random.
      trials: the maximum number of trials; the first has the current values.
      minutes: the maximum wall-clock time in total, across resumed runs.
      schedule_share: epochs of a trial as a share of the full schedule's, at
        least one. The one-cycle schedule is shortened accordingly.
      patience: epochs without improvement after which a trial is stopped.
      finalists: the best trials that meet the current values again, at the full
        schedule, where the time allows; 0 for no such final round.
    """

    strategy: Strategy = "bayesian"
    trials: int = bounded(30, ONE_OR_MORE)
    minutes: float = bounded(20.0, NOT_NEGATIVE)
    schedule_share: float = bounded(1 / 12, SHARE)
    patience: int = bounded(3, ONE_OR_MORE)
    finalists: int = bounded(1, NOT_NEGATIVE)

    def epochs(self, schedule: float) -> int:
        """A trial's epochs, given the full schedule's."""
        return max(1, round(schedule * self.schedule_share))

    def method(self) -> dict[str, Any]:
        """The settings that affect a trial or the choice of the next one.

        The limits are left out, so that raising them resumes the same search
        with the trials that it has.
        """
        values = dataclasses.asdict(self)
        return {k: values[k] for k in sorted({*values} - {*LIMITS})}

    def limits(self) -> dict[str, Any]:
        """The settings that say only how far the search goes."""
        return {name: getattr(self, name) for name in LIMITS}
