"""Predict over gRPC, without importing TensorFlow.

Retrying is gRPC's own: the service config below names the statuses, and the
deadline of the call ends it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np

from serving import predict_pb2 as pb
from serving.predictions import (
    INPUT,
    OUTPUTS,
    SIGNATURE,
    Prediction,
    PredictionFailed,
    ServerUnavailable,
    from_columns,
    refusal,
)

if TYPE_CHECKING:
    from serving.client import Target

METHOD = "/tensorflow.serving.PredictionService/Predict"
UNLIMITED = -1
RETRIES = {
    "methodConfig": [
        {
            "name": [{"service": "tensorflow.serving.PredictionService"}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 3,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
CHANNEL_OPTIONS = (
    ("grpc.service_config", json.dumps(RETRIES)),
    ("grpc.max_receive_message_length", UNLIMITED),
    ("grpc.max_send_message_length", UNLIMITED),
)


def request(target: Target, images: Sequence[bytes]) -> pb.PredictRequest:
    """The request for predictions of `images`."""
    spec = pb.ModelSpec(name=target.model, signature_name=SIGNATURE)
    if target.version is None:
        spec.version_label = target.label
    else:
        spec.version.value = target.version
    shape = pb.TensorShape(dim=[pb.TensorShape.Dim(size=len(images))])
    tensor = pb.Tensor(
        dtype=pb.DT_STRING, tensor_shape=shape, string_val=images
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


class GrpcTransport:
    """A channel to the server.

    Args:
      target: which model to ask, and for how long.
    """

    def __init__(self, target: Target):
        self._target = target
        self._channel = grpc.insecure_channel(
            target.server, options=CHANNEL_OPTIONS
        )
        self._call = self._channel.unary_unary(
            METHOD,
            request_serializer=pb.PredictRequest.SerializeToString,
            response_deserializer=pb.PredictResponse.FromString,
        )

    def _connected(self) -> bool:
        try:
            grpc.channel_ready_future(self._channel).result(timeout=0.1)
        except grpc.FutureTimeoutError:
            return False
        return True

    def predict(self, images: Sequence[bytes]) -> list[Prediction]:
        target = self._target
        try:
            response = self._call(
                request(target, images), timeout=target.timeout
            )
        except grpc.RpcError as error:
            status, words = error.code().name, error.details() or ""
            if status == "DEADLINE_EXCEEDED" and not self._connected():
                # The time went by between attempts to connect.
                status, words = "UNAVAILABLE", "cannot connect"
            raise explain(status, words, target) from error
        return predictions(response, len(images), str(target))

    def close(self) -> None:
        self._channel.close()


def explain(status: str, words: str, target: Target) -> PredictionFailed:
    """The error to raise for a gRPC status, whichever transport had it.

    Args:
      status: the canonical name, such as `NOT_FOUND`.
      words: what the server, or the connection, said.
      target: what was asked.
    """
    if status == "UNAVAILABLE":
        return ServerUnavailable(
            f"no TF Serving at {target.server} ({words}); start one with "
            "`make serve`, or predict without one: --model DIR."
        )
    if status == "DEADLINE_EXCEEDED":
        return ServerUnavailable(
            f"{target.server} did not answer within {target.timeout:g} s; "
            "ask for fewer images at once, or give it longer (--timeout)."
        )
    if status == "NOT_FOUND":
        return PredictionFailed(
            f"there is no {target} ({words}); `cifar10 models` lists what was "
            "pushed, and which version has which label."
        )
    if status == "INVALID_ARGUMENT":
        return refusal(words, str(target))
    return PredictionFailed(f"{target} failed with {status}: {words}")
