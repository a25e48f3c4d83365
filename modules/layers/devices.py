"""What computes: which of a layer's ways is the fast one."""

from __future__ import annotations

import keras


def on_cpu() -> bool:
    """Whether TensorFlow computes, and not on a GPU."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.list_logical_devices("GPU")
