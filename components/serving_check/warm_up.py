"""Warm-up requests: what TensorFlow Serving runs before a model goes live.

The first request of each shape is slow, since the graph is specialised for
it. The server runs these before it takes any traffic.
"""

from __future__ import annotations

import itertools
import pathlib
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2
from tfx.utils import path_utils

from components.serving_check.predict_requests import INPUTS, of_examples
from modules.common.errors import UserError

BATCH_SIZES = (1, 8, 32)
"""The batch sizes in use: the `allowed_batch_sizes` of the server."""


def write(saved_model: str, examples: Sequence[bytes]) -> None:
    """Puts a request for each signature and batch size into the model.

    Args:
      saved_model: the directory; an older file in it is replaced.
      examples: serialized tf.Examples, repeated where there are too few.
    """
    path = pathlib.Path(path_utils.warmup_file_path(saved_model))
    path.parent.mkdir(exist_ok=True)
    endless = itertools.cycle(examples)
    largest = list(itertools.islice(endless, max(BATCH_SIZES)))
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, size in itertools.product(INPUTS, BATCH_SIZES):
            log = prediction_log_pb2.PredictionLog()
            log.predict_log.request.CopyFrom(
                of_examples(signature, largest[:size])
            )
            writer.write(log.SerializeToString())


def read(saved_model: str) -> list[Any]:
    """The PredictRequests in the model.

    Raises:
      UserError: if there are none.
    """
    path = path_utils.warmup_file_path(saved_model)
    if not pathlib.Path(path).is_file():
        raise UserError(
            f"{path} does not exist; expected a version that the pipeline "
            "pushed, with its warm-up requests. Name such a directory."
        )
    return [
        prediction_log_pb2.PredictionLog.FromString(record).predict_log.request
        for record in tf.data.TFRecordDataset(path).as_numpy_iterator()
    ]


def read_examples(saved_model: str) -> list[bytes]:
    """The serialized tf.Examples that the warm-up requests were made from.

    Raises:
      UserError: if there are none.
    """
    batches = [
        list(tf.make_ndarray(request.inputs[INPUTS["serving_default"]]))
        for request in read(saved_model)
        if request.model_spec.signature_name == "serving_default"
    ]
    return max(batches, key=len)
