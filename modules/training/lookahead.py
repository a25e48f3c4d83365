"""Lookahead: averages the weights, increasingly towards the end of training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

EVERY = 5
FINAL_DECAY = 0.95**EVERY


class Lookahead(keras.callbacks.Callback):
    """Pulls the weights back to their running average with growing strength.

    Every few steps the average moves towards the weights, and the weights are
    set to it; the share that stays rises with the cube of the time, and at the
    end the average is the model. Keras's `use_ema` cannot be used for it: its
    share is constant, and it leaves batch normalisation's averages behind.

    Args:
      total_steps: steps of the whole training.

    Reference: Zhang et al., *Lookahead Optimizer*, 2019; the schedule is
    airbench's (Jordan 2024).
    """

    def __init__(self, total_steps: int):
        super().__init__()
        self._total = total_steps
        self._step = 0
        self._average: list[Any] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self._average = [ops.copy(variable) for variable in self._variables]

    def state(self) -> dict[str, np.ndarray]:
        """The averages, in the order of the variables."""
        return {
            str(i): ops.convert_to_numpy(average)
            for i, average in enumerate(self._average)
        }

    def resume(self, state: Mapping[str, np.ndarray], steps: int) -> None:
        """See `training/resume.py`."""
        self._step = steps
        self._average = [
            ops.convert_to_tensor(state[str(i)]) for i in range(len(state))
        ]

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._step += 1
        if self._step == self._total:
            self._pull(1.0)
        elif self._step % EVERY == 0:
            self._pull(FINAL_DECAY * (self._step / self._total) ** 3)

    @property
    def _variables(self) -> list[Any]:
        """The weights, and batch normalisation's averages."""
        return [v for v in self.model.weights if "float" in str(v.dtype)]

    def _pull(self, decay: float) -> None:
        self._average = [
            average * decay + variable * (1 - decay)
            for average, variable in zip(
                self._average, self._variables, strict=True
            )
        ]
        for average, variable in zip(
            self._average, self._variables, strict=True
        ):
            # JAX assigns without copying, and the next step takes the memory.
            variable.assign(ops.copy(average))
