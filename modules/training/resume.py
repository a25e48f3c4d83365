"""Resumes a killed training after its last completed epoch.

A batch is a function of the seed and its step (`training/batches.py`), so what
is left to keep are the variables of the model and of its optimizer, and what
the callbacks have gathered. With those, a training that was resumed computes,
on the same machine, what one that was not would have, bit for bit.
"""

from __future__ import annotations

import hashlib
import io
import logging
import pathlib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import keras
import numpy as np

from modules.common import atomic
from modules.multi_worker import mirrored

_EPOCH = "epoch"


@runtime_checkable
class Resumable(Protocol):
    """A callback with state to save at the end of an epoch."""

    def state(self) -> dict[str, np.ndarray]:
        """What it needs besides the number of steps, by name."""

    def resume(self, state: Mapping[str, np.ndarray], steps: int) -> None:
        """Continues from this state, after `steps` steps."""


class Checkpoints:
    """The unfinished trainings of one Trainer.

    Args:
      directory: where they are kept, by what decides their result; None keeps
        none.
      *inputs: what decides the result of each.
    """

    def __init__(self, directory: str | None, *inputs: Any) -> None:
        self._directory = pathlib.Path(directory) if directory else None
        self._inputs = inputs
        self._files: list[pathlib.Path] = []

    def of(self, *inputs: Any) -> Checkpoint:
        """The checkpoint of the training that has these inputs too.

        Args:
          *inputs: arrays, lists of them, and values that `repr` tells apart.
        """
        if self._directory is None:
            return Checkpoint(None)
        key = _digest([*self._inputs, *inputs])
        self._files.append(self._directory / f"{key}.npz")
        return Checkpoint(self._files[-1])

    @property
    def files(self) -> list[str]:
        """Those of the trainings so far."""
        return [*map(str, self._files)]

    def adopt(self, files: Iterable[str]) -> None:
        """Those of trainings elsewhere, to be removed with the others."""
        self._files += map(pathlib.Path, files)

    def remove(self) -> None:
        """Removes the checkpoints of trainings whose results are now saved."""
        for file in self._files:
            file.unlink(missing_ok=True)


NONE = Checkpoints(None)
"""Keeps nothing."""


class Checkpoint:
    """The state of one training after its last completed epoch.

    Args:
      file: where that is kept; None keeps nothing.

    Attributes:
      epoch: the first epoch that remains to be trained.
    """

    def __init__(self, file: pathlib.Path | None) -> None:
        self._file = file
        self._arrays: dict[str, np.ndarray] = {}
        if file is not None and file.exists():
            try:
                with np.load(file, allow_pickle=False) as arrays:
                    self._arrays = dict(arrays)
            except (OSError, ValueError, EOFError, zipfile.BadZipFile):
                logging.warning("%s is damaged: training from the start.", file)
        self.epoch = int(self._arrays.get(_EPOCH, 0))
        if self.epoch:
            logging.info(
                "Going on after epoch %d, as %s has it.", self.epoch, file
            )

    def callback(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        steps: int,
        epochs: int,
    ) -> list[keras.callbacks.Callback]:
        """The callback that restores the state when `fit` begins and saves it.

        Args:
          callbacks: the others, which come before it.
          steps: those of an epoch.
          epochs: the epoch that the training ends in.
        """
        if self._file is None:
            return []
        return [_KeepEpochs(self, callbacks, steps, epochs)]

    def restore(
        self,
        variables: Iterable[Any],
        callbacks: Iterable[Resumable],
        steps: int,
    ) -> None:
        """Restores what `save` saved."""
        for i, variable in enumerate(variables):
            variable.assign(self._arrays[f"variable {i}"])
        for i, callback in enumerate(callbacks):
            prefix = f"callback {i} "
            state = {
                name.removeprefix(prefix): value
                for name, value in self._arrays.items()
                if name.startswith(prefix)
            }
            callback.resume(state, steps)

    def save(
        self,
        epoch: int,
        variables: Iterable[Any],
        callbacks: Iterable[Resumable],
    ) -> None:
        """Replaces the file atomically; a full disk does not stop training."""
        assert self._file is not None
        arrays = {_EPOCH: np.asarray(epoch)}
        for i, variable in enumerate(variables):
            value = keras.ops.convert_to_numpy(variable)
            arrays[f"variable {i}"] = value
        for i, callback in enumerate(callbacks):
            for name, value in callback.state().items():
                arrays[f"callback {i} {name}"] = value
        if mirrored.assists():
            return  # The values are gathered by all machines, and kept by one.
        try:
            content = io.BytesIO()
            np.savez(content, **arrays)  # type: ignore[arg-type]
            self._file.parent.mkdir(parents=True, exist_ok=True)
            atomic.write_bytes(self._file, content.getvalue())
        except OSError:
            logging.exception("The epoch was not kept.")


class _KeepEpochs(keras.callbacks.Callback):
    """Restores the state when training begins, and saves it after each epoch.

    The last is not kept: what follows it keeps the result.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        callbacks: Sequence[keras.callbacks.Callback],
        steps: int,
        epochs: int,
    ) -> None:
        super().__init__()
        self._checkpoint = checkpoint
        self._others = [c for c in callbacks if isinstance(c, Resumable)]
        self._steps = steps
        self._epochs = epochs

    def on_train_begin(self, logs: Any = None) -> None:
        if epoch := self._checkpoint.epoch:
            with self.model.distribute_strategy.scope():
                if not self.model.optimizer.built:
                    self.model.optimizer.build(self.model.trainable_variables)
                self._checkpoint.restore(
                    self._variables(), self._others, epoch * self._steps
                )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch + 1 < self._epochs:
            self._checkpoint.save(epoch + 1, self._variables(), self._others)

    def _variables(self) -> list[Any]:
        """The weights, the state of random layers, and the optimizer's.

        An image bank's pixels, the only integers among the weights, are data.
        """
        random = [
            v for v in self.model.variables if v.name == "seed_generator_state"
        ]
        weights = [v for v in self.model.weights if v.dtype != "uint8"]
        return [*weights, *random, *self.model.optimizer.variables]


def _digest(inputs: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for value in inputs:
        if isinstance(value, np.ndarray):
            part = f"{value.dtype} {value.shape}".encode()
            digest.update(part + hashlib.sha256(value.data).digest())
        elif isinstance(value, list):
            digest.update(_digest(value).encode())
        else:
            digest.update(hashlib.sha256(repr(value).encode()).digest())
    return digest.hexdigest()
