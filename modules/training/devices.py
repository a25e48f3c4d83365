"""The devices that training uses."""

from __future__ import annotations

import tensorflow as tf


def strategy(distribute: bool) -> tf.distribute.Strategy:
    """Copies of the model on all visible GPUs, or TensorFlow's default.

    With one GPU or none there is nothing to distribute over. Keras gives each
    of the copies its part of every batch, so that the batch size of the
    hyperparameters is that of a step, whatever the number of GPUs.
    """
    if distribute and len(tf.config.list_logical_devices("GPU")) > 1:
        return tf.distribute.MirroredStrategy()
    return tf.distribute.get_strategy()
