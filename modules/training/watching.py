"""Keras callbacks that observe training without changing it.

They draw no random number and touch no weight: with or without them, training
computes the same.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from modules.training.curves import Curves

POINTS = 100
"""About how many points a learning curve has, over the whole training."""

_BATCH = 500


class RecordCurves(keras.callbacks.Callback):
    """Writes `history.json` when the training ends.

    A point is the mean of a metric over the steps since the last one, not
    Keras's running mean since the epoch began, which lags behind.

    Args:
      directory: of the `model_run` artifact.
      stage: what is being trained.
      total_steps: steps of the whole training.
    """

    def __init__(self, directory: pathlib.Path, stage: str, total_steps: int):
        super().__init__()
        self._directory = directory
        self._stage = stage
        self._every = max(1, total_steps // POINTS)
        self._train: list[dict[str, float]] = []
        self._holdout: list[dict[str, float]] = []
        self._epoch = self._steps = self._since = 0
        self._means: Mapping[str, float] = {}  # Since the epoch began.

    def state(self) -> dict[str, np.ndarray]:
        """The points of both curves."""
        return {"points": np.array(json.dumps([self._train, self._holdout]))}

    def resume(self, state: Mapping[str, np.ndarray], steps: int) -> None:
        """See `training/resume.py`."""
        self._train, self._holdout = json.loads(str(state["points"]))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch, self._steps, self._since, self._means = epoch, 0, 0, {}

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._steps += 1
        if self._steps - self._since >= self._every:
            self._add_point(logs or {})

    def _add_point(self, means: Mapping[str, float]) -> None:
        done, steps = self._since, self._steps
        length = self.params["steps"]
        values = {
            name: (steps * mean - done * self._means.get(name, 0.0))
            / (steps - done)
            for name, mean in means.items()
        }
        self._train.append(
            {
                "epoch": self._epoch + steps / length,
                "learning_rate": self._learning_rate(),
                **values,
            }
        )
        self._since, self._means = steps, dict(means)

    def _learning_rate(self) -> float:
        rate = self.model.optimizer.learning_rate
        return float(keras.ops.convert_to_numpy(rate))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        held_out = {
            name.removeprefix("val_"): float(value)
            for name, value in (logs or {}).items()
            if name.startswith("val_")
        }
        if held_out:
            at = epoch + self._steps / self.params["steps"]
            self._holdout.append({"epoch": at, **held_out})

    def on_train_end(self, logs: Any = None) -> None:
        Curves(
            stage=self._stage,
            train=tuple(self._train),
            holdout=tuple(self._holdout),
        ).write(self._directory)


class HoldoutAccuracy(keras.callbacks.Callback):
    """Adds `val_accuracy` to the logs of each epoch, for the other callbacks.

    Args:
      classifier: pixels to logits, the model or a part of the model in
        training.
      pixels: uint8 [N, S, S, 3], not trained on.
      labels: int64 [N].
    """

    def __init__(
        self, classifier: keras.Model, pixels: np.ndarray, labels: np.ndarray
    ):
        super().__init__()
        self._classifier = classifier
        self._pixels = pixels
        self._labels = labels

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        hits = 0
        for start in range(0, len(self._labels), _BATCH):
            rows = slice(start, start + _BATCH)
            logits = self._classifier(self._pixels[rows], training=False)
            predicted = keras.ops.convert_to_numpy(logits).argmax(axis=1)
            hits += int((predicted == self._labels[rows]).sum())
        if logs is not None:
            logs["val_accuracy"] = hits / len(self._labels)


class Reconstructions(keras.callbacks.Callback):
    """Writes images and their reconstructions for TensorBoard after each epoch.

    Args:
      directory: TensorBoard's, to which a run `reconstructions` is added.
      pixels: uint8 [N, S, S, 3], a few images.
    """

    def __init__(self, directory: pathlib.Path, pixels: np.ndarray):
        super().__init__()
        self._directory = directory / "reconstructions"
        self._pixels = pixels

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        output = keras.ops.convert_to_numpy(
            self.model(self._pixels, training=False)
        )
        pairs = np.concatenate(
            [self._pixels / 255.0, np.clip(output, 0, 1)], axis=1
        )
        # The file is closed each time: nothing is left open in the process.
        writer = tf.summary.create_file_writer(str(self._directory))
        with writer.as_default(step=epoch):
            tf.summary.image(
                "original, reconstruction", pairs, max_outputs=len(pairs)
            )
        writer.close()
