"""The Keras callback of a trial: scores each epoch and stops early."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
from keras_tuner.errors import FailedTrialError

from modules.tuning.budget import Budget
from modules.tuning.records import Direction


class OutOfTime(FailedTrialError):
    """The budget was spent before the trial was completed."""

    def __init__(self) -> None:
        super().__init__("the search's time limit was reached")


class Watch(keras.callbacks.Callback):
    """Scores the model on the holdout after each epoch.

    Args:
      score: computes the objective of a model.
      name: of the objective, in the logs of an epoch.
      direction: whether a higher or a lower score is better.
      budget: of the search.
      patience: epochs without improvement after which training stops.

    Attributes:
      scores: one for each epoch so far.

    Raises, during training:
      FailedTrialError: if the loss or the score is not finite.
      OutOfTime: if the budget is spent.
    """

    def __init__(
        self,
        score: Callable[[keras.Model], float],
        *,
        name: str,
        direction: Direction,
        budget: Budget,
        patience: int,
    ) -> None:
        super().__init__()
        self.scores: list[float] = []
        self._score = score
        self._name = name
        self._best = max if direction == "max" else min
        self._budget = budget
        self._patience = patience

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._check("loss", float(logs["loss"]))
        if not self._budget.left:
            raise OutOfTime

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        score = self._score(self.model)
        self._check(self._name, score)
        self.scores.append(score)
        logs[self._name] = score
        best = self.scores.index(self._best(self.scores))
        if epoch - best >= self._patience:
            self.model.stop_training = True

    def _check(self, name: str, value: float) -> None:
        if not math.isfinite(value):
            raise FailedTrialError(
                f"the {name} became {value} in epoch {len(self.scores) + 1}"
            )
