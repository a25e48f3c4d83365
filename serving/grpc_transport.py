"""Predict over gRPC, without importing TensorFlow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc

from serving import predict_pb2 as pb
from serving.explain import explain, misconnected
from serving.messages import predictions, request
from serving.predictions import Prediction
from serving.retries import NotYet, until_deadline
from serving.target import Target

METHOD = "/tensorflow.serving.PredictionService/Predict"
UNLIMITED = -1
CHANNEL_OPTIONS = {
    # `until_deadline` asks again; gRPC's own retries end after five attempts.
    "grpc.enable_retries": 0,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 2_000,
    # More often than every five minutes, a server may hang up on pings. The
    # timeout also bounds how long data that was sent may go unacknowledged.
    "grpc.keepalive_time_ms": 300_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.max_receive_message_length": UNLIMITED,
    "grpc.max_send_message_length": UNLIMITED,
}


class GrpcTransport:
    """A channel to the server.

    Args:
      target: which model to ask, and for how long.

    Raises:
      UserError: if a certificate cannot be read.
    """

    def __init__(self, target: Target):
        self._target = target
        self._channel = _channel(target)
        self._call = self._channel.unary_unary(
            METHOD,
            request_serializer=pb.PredictRequest.SerializeToString,
            response_deserializer=pb.PredictResponse.FromString,
        )

    def predict(self, images: Sequence[bytes]) -> list[Prediction]:
        """One prediction an image; asks again while UNAVAILABLE."""
        asked = request(self._target, images)
        response = until_deadline(
            lambda seconds: self._ask(asked, seconds), self._target.timeout
        )
        return predictions(response, len(images), str(self._target))

    def _ask(self, asked: pb.PredictRequest, seconds: float) -> Any:
        try:
            return self._call(
                asked,
                timeout=seconds,
                metadata=self._target.credentials.headers,
            )
        except grpc.RpcError as error:
            status, words = error.code().name, error.details() or ""
            if status == "DEADLINE_EXCEEDED" and not self._connected():
                # The time went by between attempts to connect.
                status, words = "UNAVAILABLE", "cannot connect"
            if status != "UNAVAILABLE":
                raise explain(status, words, self._target) from error
            if problem := misconnected(words, self._target):
                raise problem from error
            raise NotYet(str(explain(status, words, self._target))) from error

    def _connected(self) -> bool:
        try:
            grpc.channel_ready_future(self._channel).result(timeout=0.1)
        except grpc.FutureTimeoutError:
            return False
        return True

    def close(self) -> None:
        self._channel.close()


def _channel(target: Target) -> grpc.Channel:
    # gRPC sends even what is for this machine to the proxy in http_proxy.
    proxied = {"grpc.enable_http_proxy": int(not target.local)}
    options = tuple((CHANNEL_OPTIONS | proxied).items())
    if not target.encrypted:
        return grpc.insecure_channel(target.server, options=options)
    credentials = grpc.ssl_channel_credentials(*target.credentials.files())
    return grpc.secure_channel(target.server, credentials, options=options)
