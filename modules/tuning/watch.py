"""The Keras callback of a trial: scores each epoch and stops early."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras_tuner.errors import FailedTrialError
from numpy.typing import NDArray

from modules.tuning.budget import Budget
from modules.tuning.records import Direction


class OutOfTime(FailedTrialError):
    """The budget was spent before the trial was completed."""

    def __init__(self) -> None:
        super().__init__("the search's time limit was reached")


class Watch(keras.callbacks.Callback):
    """Scores the model on the holdout after each epoch.

    Args:
      contributions: what each holdout image contributes to the objective of a
        model, float64 [N].
      weights: of the images, float64 [N]; the score is the weighted mean.
      name: of the objective, in the logs of an epoch.
      direction: whether a higher or a lower score is better.
      budget: of the search.
      patience: epochs without improvement after which training stops.

    Attributes:
      scores: one for each epoch so far.
      latest: the contributions after the last of them; None before.

    Raises, during training:
      FailedTrialError: if the loss or the score is not finite.
      OutOfTime: if the budget is spent.
    """

    def __init__(
        self,
        contributions: Callable[[keras.Model], NDArray[np.float64]],
        weights: NDArray[np.float64],
        *,
        name: str,
        direction: Direction,
        budget: Budget,
        patience: int,
    ) -> None:
        super().__init__()
        self.scores: list[float] = []
        self.latest: NDArray[np.float64] | None = None
        self._contributions = contributions
        self._weights = weights
        self._name = name
        self._best = max if direction == "max" else min
        self._budget = budget
        self._patience = patience

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._check("loss", float(logs["loss"]))
        if not self._budget.left:
            raise OutOfTime

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.latest = self._contributions(self.model)
        score = float(self._weights @ self.latest)
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
