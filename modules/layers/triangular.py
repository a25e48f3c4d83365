"""The one-cycle learning rate: up to a peak, then down to a fraction of it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="cifar10")
class Triangular(keras.optimizers.schedules.LearningRateSchedule):
    """Linear from `start * peak` to `peak`, then linear to `end * peak`.

    Args:
      peak: the highest learning rate.
      total_steps: steps of the whole schedule; later steps stay at the end.
      warmup: share of the steps before the peak, in (0, 1).
      start: learning rate at step 0, as a fraction of the peak.
      end: learning rate at the last step, as a fraction of the peak.

    Reference: Smith & Topin, *Super-Convergence*, 2018.
    """

    def __init__(
        self,
        peak: float,
        total_steps: int,
        *,
        warmup: float = 0.2,
        start: float = 0.2,
        end: float = 0.0,
    ):
        if not 0 < warmup < 1:
            raise ValueError(f"warmup is a share in (0, 1); got {warmup}.")
        if total_steps < 1:
            raise ValueError(f"total_steps is at least 1; got {total_steps}.")
        self.peak = peak
        self.total_steps = total_steps
        self.warmup = warmup
        self.start = start
        self.end = end

    def __call__(self, step: Any) -> Any:
        done = ops.cast(step, "float32") / self.total_steps
        done = ops.minimum(done, 1.0)
        up = self.start + (1.0 - self.start) * done / self.warmup
        down = 1.0 + (self.end - 1.0) * (done - self.warmup) / (1 - self.warmup)
        return self.peak * ops.minimum(up, down)

    def get_config(self) -> dict[str, Any]:
        return {
            "peak": self.peak,
            "total_steps": self.total_steps,
            "warmup": self.warmup,
            "start": self.start,
            "end": self.end,
        }
