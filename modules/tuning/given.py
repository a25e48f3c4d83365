"""The stand-in for a tuner when there is no search.

TFX's Tuner then writes the same artifact, with the current values, so that a
Trainer always gets its hyperparameters from one place, which lineage shows.
"""

from __future__ import annotations

import keras_tuner
from keras_tuner.engine.trial import Trial

from modules.tuning.space import Params, as_given


class Given:
    """Implements the part of a KerasTuner tuner that TFX's executor uses.

    Args:
      params: the current values.
    """

    tuner_id = "given"
    max_trials = 0

    def __init__(self, params: Params) -> None:
        self._values = as_given(params)

    @property
    def oracle(self) -> Given:
        """Itself: it has no trials."""
        return self

    def search_space_summary(self) -> None:
        """Prints the current values."""
        print(f"No search; current values: {self._values.values}")

    def search(self) -> None:
        """Does nothing."""

    def results_summary(self) -> None:
        """Prints nothing more."""

    def get_best_trials(self, num_trials: int) -> list[Trial]:
        """No trials."""
        return []

    def get_best_hyperparameters(
        self, num_trials: int = 1
    ) -> list[keras_tuner.HyperParameters]:
        """The current values."""
        return [self._values]
