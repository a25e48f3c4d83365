"""Whether two exported models have the same weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from modules.common import links


def weights_digest(index: Path) -> str:
    """A digest of the values of a SavedModel's variables.

    Keras exports them as a list in the order of a set, so neither the bytes of
    the file nor the names say whether two models have the same weights.
    """
    import tensorflow as tf

    prefix = links.reachable(index.parent) / index.stem
    reader = tf.train.load_checkpoint(str(prefix))
    values = []
    for name in reader.get_variable_to_shape_map():
        if name != "_CHECKPOINTABLE_OBJECT_GRAPH":
            value = np.asarray(reader.get_tensor(name))
            head = f"{value.dtype} {value.shape}".encode()
            values.append(hashlib.sha256(head + value.tobytes()).digest())
    return hashlib.sha256(b"".join(sorted(values))).hexdigest()
