"""What a search may change: one space for each model's hyperparameters.

A trial's schedule is shorter than the one that its winner is trained with. So
only what has its best value at about the same place in short and long schedules
is searched. Left out, because a short schedule prefers the wrong values:

- regularisation (weight decay, label smoothing, crops, cutout): nothing
  overfits in two epochs, and a search throws it out;
- Muon's learning rate: short schedules want more than twice the rate that long
  ones do;
- width, depth, patches and epochs, which are a matter of cost.

docs/TUNING.md has the measurements. No TensorFlow here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Range:
    """The closed interval that a search takes a number from.

    Attributes:
      low: the lower end; an integer for an integer field.
      high: the upper end.
      log: whether to sample uniformly in the logarithm.
    """

    low: float
    high: float
    log: bool = False

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


@dataclasses.dataclass(frozen=True)
class Choice:
    """The values that a search chooses among, all of one type."""

    values: tuple[Any, ...]

    def __contains__(self, value: Any) -> bool:
        return value in self.values

    def __str__(self) -> str:
        return ", ".join(map(str, self.values))


Space = Mapping[str, Range | Choice]
"""By hyperparameter."""

AUTOENCODER: Space = {
    "whitening_epsilon": Range(1e-5, 1e-2, log=True),
    "batch_size": Choice((20, 50, 100, 200)),
    "learning_rate": Range(1e-3, 3e-2, log=True),
}
CLASSIFIER: Space = {
    "learning_rate": Range(0.2, 2.0, log=True),
    "momentum": Range(0.7, 0.95),
    "logit_adjustment": Range(0.0, 1.5),
}
