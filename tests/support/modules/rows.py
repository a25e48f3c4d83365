"""Transformed examples, as Transform writes them for the Trainers."""

import numpy as np
import tensorflow as tf


def row(pixels: np.ndarray, label: int, *, sampled: bool, holdout: bool):
    """A serialized example of pixels uint8 [S, S, 3]."""
    values = {
        "label": int(label),
        "sampled": int(sampled),
        "holdout": int(holdout),
    }
    feature = {
        name: tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
        for name, value in values.items()
    }
    image = tf.train.BytesList(value=[pixels.tobytes()])
    feature["pixels"] = tf.train.Feature(bytes_list=image)
    features = tf.train.Features(feature=feature)
    return tf.train.Example(features=features).SerializeToString()
