"""An optimiser with a learning rate for each layer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="cifar10")
class LayerwiseSGD(keras.optimizers.SGD):
    """SGD with learning-rate multipliers for the named variables.

    Weight decay is the same for all variables, as in Keras's SGD.

    Args:
      learning_rate: of all other variables; a number or a schedule.
      momentum: SGD's.
      ratios: by regular expression of the paths of variables, what their
        learning rate is multiplied by; the first that matches counts.
      **kwargs: of `keras.optimizers.SGD`.

    Reference: Howard and Ruder, *Universal language model fine-tuning for text
    classification*, 2018 ("discriminative fine-tuning").

    Example:
      >>> LayerwiseSGD(0.5, 0.9, ratios={"^encoder": 0.1}, nesterov=True)
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        *,
        ratios: Mapping[str, float] | None = None,
        **kwargs: Any,
    ):
        super().__init__(learning_rate, momentum, **kwargs)
        self.ratios = dict(ratios or {})

    def build(self, variables: list[Any]) -> None:
        """Creates the optimizer's slots; looks up each variable's multiplier.

        By index: while it trains, TensorFlow's optimiser is handed variables
        that have no path.
        """
        super().build(variables)
        self._ratio_of = {
            self._get_variable_index(variable): self._ratio(variable.path)
            for variable in variables
        }

    def _ratio(self, path: str) -> float:
        for pattern, ratio in self.ratios.items():
            if re.search(pattern, path):
                return ratio
        return 1.0

    def update_step(
        self, gradient: Any, variable: Any, learning_rate: Any
    ) -> None:
        """Updates one variable."""
        ratio = self._ratio_of[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * ratio)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "ratios": self.ratios}
