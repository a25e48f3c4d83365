"""Keras callbacks of both Trainers: progress, curves and checkpoints."""

from __future__ import annotations

import math
import pathlib
import time
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from modules.common import progress
from modules.common.errors import UserError
from modules.training.watching import RecordCurves

SECONDS_BETWEEN_REPORTS = 0.5
TENSORBOARD = "tensorboard"
"""The folder of a `model_run` artifact that TensorBoard reads."""


class ReportProgress(keras.callbacks.Callback):
    """Reports the images processed and running metrics, about twice a second.

    Args:
      stage: what is being trained, as the console names it.
      batch_size: images a step.
      total_steps: steps of the whole training.
      cheap: how many of the first steps cost less, and the share that they
        cost of the others, for the estimate of the time that is left.
    """

    def __init__(
        self,
        stage: str,
        batch_size: int,
        total_steps: int,
        cheap: tuple[int, float] = (0, 1.0),
    ):
        super().__init__()
        self._stage = stage
        self._batch_size = batch_size
        self._total = total_steps
        self._cheap, self._cost = cheap
        self._done = 0
        self._reported = 0.0

    def state(self) -> dict[str, np.ndarray]:
        """Empty: the number of steps is all that it needs."""
        return {}

    def resume(self, state: Mapping[str, np.ndarray], steps: int) -> None:
        """See `training/resume.py`."""
        self._done = steps

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._done += 1
        now = time.monotonic()
        due = now - self._reported >= SECONDS_BETWEEN_REPORTS
        if due or self._done == self._total:
            self._reported = now
            progress.report(
                self._stage,
                self._done * self._batch_size,
                self._total * self._batch_size,
                "images",
                left=self._left() * self._batch_size,
                **{k: float(v) for k, v in (logs or {}).items()},
            )

    def _left(self) -> float:
        """The steps that are left, in steps like the last one."""
        if self._done <= self._cheap:
            others = (self._total - self._cheap) / self._cost
            return self._cheap - self._done + others
        return self._total - self._done


class StopAfter(keras.callbacks.Callback):
    """Stops training at the end of the schedule, even within an epoch.

    Args:
      total_steps: steps of the whole training.
    """

    def __init__(self, total_steps: int):
        super().__init__()
        self._left = total_steps

    def state(self) -> dict[str, np.ndarray]:
        """Empty: the number of steps is all that it needs."""
        return {}

    def resume(self, state: Mapping[str, np.ndarray], steps: int) -> None:
        """See `training/resume.py`."""
        self._left -= steps

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._left -= 1
        if self._left == 0:
            self.model.stop_training = True


class RequireFinite(keras.callbacks.Callback):
    """Stops training with an error if the loss is NaN or infinite.

    Args:
      stage: what is being trained.
    """

    def __init__(self, stage: str):
        super().__init__()
        self._stage = stage

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            raise UserError(
                f"the {self._stage}'s loss is {loss} after epoch {epoch + 1}, "
                "expected a number: the training has diverged. Lower its "
                "learning rate."
            )


class Checkpoint(keras.callbacks.ModelCheckpoint):
    """Saves the last epoch's weights of a submodel of the fitted model.

    Args:
      path: the file, replaced after every epoch.
      of: the model.
    """

    def __init__(self, path: pathlib.Path, of: keras.Model):
        super().__init__(path, save_weights_only=True)
        self._of = of

    def set_model(self, model: keras.Model) -> None:
        """Called by `fit` with the model it trains, with any image bank."""
        super().set_model(self._of)


def training_callbacks(
    stage: str,
    model: keras.Model,
    model_run_dir: str | None,
    batch_size: int,
    total_steps: int,
    cheap: tuple[int, float] = (0, 1.0),
) -> list[keras.callbacks.Callback]:
    """Progress, an end, TensorBoard logs, curves and `model`'s checkpoint.

    The last three go to the `model_run` artifact; without a directory there is
    none of them.
    """
    always = [
        ReportProgress(stage, batch_size, total_steps, cheap),
        StopAfter(total_steps),
    ]
    if model_run_dir is None:
        return always
    run_dir = pathlib.Path(model_run_dir)
    checkpoint = run_dir / "checkpoints" / "last.weights.h5"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    return [
        *always,
        keras.callbacks.TensorBoard(run_dir / TENSORBOARD),
        RecordCurves(run_dir, stage, total_steps),
        Checkpoint(checkpoint, model),
    ]
