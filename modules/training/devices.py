"""The devices that training uses."""

from __future__ import annotations

import tensorflow as tf

from modules.multi_worker import mirrored


def strategy(distribute: bool) -> tf.distribute.Strategy:
    """Copies of the model on all machines or GPUs, or TensorFlow's default.

    Machines are those that this process has joined, GPUs the visible ones; with
    one or none there is nothing to distribute over. Each of the copies gets its
    part of every batch, so that the batch size of the hyperparameters is that
    of a step, whatever the number of copies.
    """
    if joined := mirrored.strategy():
        return joined
    if distribute and len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()
