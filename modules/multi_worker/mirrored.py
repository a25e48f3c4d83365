"""Training on several machines by TensorFlow's `MultiWorkerMirroredStrategy`.

Each machine trains on its part of every batch; the gradients are averaged, and
the weights are the same everywhere. Statistics of batch normalisation are those
of a machine's part, as they are of a GPU's.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from modules.multi_worker.machines import Machines


class _Joined:
    """What this process has joined, if anything."""

    machines = Machines()
    strategy: tf.distribute.Strategy | None = None


def join(machines: Machines) -> None:
    """Meets the other machines, which `TF_CONFIG` names; waits for all.

    Nothing of TensorFlow may have run in this process before.
    """
    _Joined.strategy = tf.distribute.MultiWorkerMirroredStrategy()
    _Joined.machines = machines


def strategy() -> tf.distribute.Strategy | None:
    """That of the machines that this process trains with, or None."""
    return _Joined.strategy


def assists() -> bool:
    """Whether another machine keeps what this process trains."""
    return not _Joined.machines.first


class Model(keras.Model):
    """A functional model whose `fit` runs on several machines.

    Keras 3's own does not (keras-team/keras#20585): to find the shapes of a
    batch it reduces the tuple of its parts, which MirroredStrategy alone takes;
    and it averages the machines' metrics over an axis that a scalar does not
    have. Both are in `keras/src/backend/tensorflow/trainer.py` of 3.15.
    """

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Keras's, with metrics of shape [1]."""
        logs = super().train_step(data)
        return {name: tf.reshape(value, (1,)) for name, value in logs.items()}

    def _maybe_symbolic_build(
        self, iterator: Any = None, data_batch: Any = None
    ) -> None:
        """Keras's, with this machine's part of a batch for its shapes."""
        local = self.distribute_strategy.experimental_local_results
        _, _, batches = next(iter(iterator))
        part = tf.nest.map_structure(lambda v: local(v)[0], next(batches))
        with self.distribute_strategy.scope():
            self._symbolic_build(data_batch=part)


def trainable(model: keras.Model) -> keras.Model:
    """`model`, such that `fit` runs where this process has joined others."""
    if strategy() is None:
        return model
    return Model(model.input, model.output, name=model.name)


def shared(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """`dataset`, of which each machine takes its part of every batch."""
    if strategy() is None:
        return dataset
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.DATA
    )
    return dataset.with_options(options)


def alone(model: keras.Model) -> keras.Model:
    """`model` after the training, such that it predicts without the others."""
    if strategy() is None:
        return model
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy
