"""How a search is done: typed data, shared by the presets and the Tuners.

No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

Strategy = Literal["bayesian", "hyperband", "random"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """The bounds of one search, and how it chooses what to try.

    Attributes:
      strategy: who chooses the values: Gaussian processes after five trials,
        Hyperband (Li et al. 2018), or chance.
      trials: the most trials; the first has the values that are known.
      minutes: the most wall-clock time, of all its sittings together.
      schedule_share: epochs of a trial as a share of the whole schedule's, at
        least one. The one-cycle schedule is that much shorter.
      patience: epochs without a better score after which a trial ends.
    """

    strategy: Strategy = "bayesian"
    trials: int = 30
    minutes: float = 20.0
    schedule_share: float = 1 / 12
    patience: int = 3

    def epochs(self, schedule: float) -> int:
        """A trial's epochs, where the whole schedule has `schedule`."""
        return max(1, round(schedule * self.schedule_share))

    def method(self) -> dict[str, Any]:
        """All that changes what a trial does or which comes next.

        The bounds are not in it: a search with wider ones goes on from the
        trials of the narrower.
        """
        values = dataclasses.asdict(self)
        return {k: values[k] for k in sorted({*values} - {"trials", "minutes"})}
