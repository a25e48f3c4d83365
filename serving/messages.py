"""Predict's messages: a request for images, and what a response says.

The protos are TF Serving's own, byte for byte; see predict.proto. No gRPC here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from serving import predict_pb2 as pb
from serving.predictions import (
    INPUT,
    OUTPUTS,
    SIGNATURE,
    Prediction,
    from_columns,
)
from serving.target import Target


def request(target: Target, images: Sequence[bytes]) -> pb.PredictRequest:
    """The request for predictions of `images`."""
    spec = pb.ModelSpec(name=target.model, signature_name=SIGNATURE)
    if target.version is not None:
        spec.version.value = target.version
    elif target.label:
        spec.version_label = target.label
    tensor = pb.Tensor(
        dtype=pb.DT_STRING, tensor_shape=_shape(len(images)), string_val=images
    )
    return pb.PredictRequest(model_spec=spec, inputs={INPUT: tensor})


def predictions(
    response: pb.PredictResponse, count: int, source: str
) -> list[Prediction]:
    """What the response to `count` images says.

    Raises:
      PredictionFailed: if `source` answered something else.
    """
    columns = {
        name: _values(response.outputs[name])
        for name in OUTPUTS
        if name in response.outputs
    }
    return from_columns(columns, count, source)


def response(found: Sequence[Prediction]) -> pb.PredictResponse:
    """The response that says these predictions, one or more."""
    made = pb.PredictResponse()
    made.outputs["probabilities"].CopyFrom(
        pb.Tensor(
            dtype=pb.DT_FLOAT,
            tensor_shape=_shape(len(found), len(found[0].probabilities)),
            float_val=[p for each in found for p in each.probabilities],
        )
    )
    made.outputs["class_id"].CopyFrom(
        pb.Tensor(
            dtype=pb.DT_INT64,
            tensor_shape=_shape(len(found)),
            int64_val=[each.class_id for each in found],
        )
    )
    made.outputs["class_name"].CopyFrom(
        pb.Tensor(
            dtype=pb.DT_STRING,
            tensor_shape=_shape(len(found)),
            string_val=[each.class_name.encode() for each in found],
        )
    )
    return made


def _shape(*sizes: int) -> pb.TensorShape:
    return pb.TensorShape(dim=[pb.TensorShape.Dim(size=n) for n in sizes])


def _values(tensor: pb.Tensor) -> Sequence[Any]:
    """The rows of a tensor, in either of the two ways it may be packed."""
    if tensor.dtype == pb.DT_STRING:
        return [value.decode() for value in tensor.string_val]
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    floats = tensor.dtype == pb.DT_FLOAT
    array = (
        np.frombuffer(tensor.tensor_content, "<f4" if floats else "<i8")
        if tensor.tensor_content
        else np.array(tensor.float_val if floats else tensor.int64_val)
    )
    return list(array.reshape(shape))
