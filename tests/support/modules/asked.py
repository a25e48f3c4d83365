"""Requests to an exported classifier, as TensorFlow Serving asks it.

That checks less than `tf.saved_model.load` does.
"""

import pytest
import tensorflow as tf

from components.serving_check.predict_requests import request
from tests.support.modules import exported

PIXELS = exported.noise(3)
PNGS = [exported.encoded(p) for p in PIXELS]


def ask(model, signature, values):
    """The probabilities."""
    return model.predict(request(signature, values))["probabilities"]


def complaint(model, signature, values):
    """The message of the INVALID_ARGUMENT."""
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        model.predict(request(signature, values))
    return error.value.message
