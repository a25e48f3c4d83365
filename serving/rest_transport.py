"""Predict over REST: JSON with the image files in base64."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import tenacity
import urllib3

from serving.grpc_transport import explain
from serving.predictions import (
    SIGNATURE,
    Prediction,
    PredictionFailed,
    ServerUnavailable,
    from_columns,
)

if TYPE_CHECKING:
    from serving.client import Target

# How TF Serving writes the gRPC statuses in HTTP.
STATUSES = {
    400: "INVALID_ARGUMENT",
    404: "NOT_FOUND",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def path(target: Target) -> str:
    """The path of the model's `predict` method."""
    which = (
        f"labels/{target.label}"
        if target.version is None
        else f"versions/{target.version}"
    )
    return f"/v1/models/{target.model}/{which}:predict"


def body(images: Sequence[bytes]) -> dict[str, Any]:
    """The request for predictions of `images`, to be sent as JSON."""
    encoded = [{"b64": base64.b64encode(image).decode()} for image in images]
    return {"signature_name": SIGNATURE, "inputs": encoded}


class RestTransport:
    """A pool of connections to the server.

    Args:
      target: which model to ask, and for how long.
    """

    def __init__(self, target: Target):
        self._target = target
        self._url = f"http://{target.server}{path(target)}"
        self._pool = urllib3.PoolManager(retries=False, maxsize=8)

    def predict(self, images: Sequence[bytes]) -> list[Prediction]:
        """One prediction an image; asks again while UNAVAILABLE."""
        target, request = self._target, body(images)
        deadline = time.monotonic() + target.timeout
        asking = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_NotYet),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=2),
            stop=tenacity.stop_before_delay(target.timeout),
            reraise=True,
        )
        try:
            outputs = asking(self._ask, request, deadline)
        except _NotYet as error:
            raise ServerUnavailable(str(error)) from error
        return from_columns(outputs, len(images), str(target))

    def _ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """The outputs by name, from one request."""
        left = max(deadline - time.monotonic(), 1e-3)
        timeout = urllib3.Timeout(total=left)
        try:
            response = self._pool.request(
                "POST", self._url, json=request, timeout=timeout
            )
        except urllib3.exceptions.ReadTimeoutError as error:
            raise explain("DEADLINE_EXCEEDED", "", self._target) from error
        except urllib3.exceptions.HTTPError as error:
            words = str(explain("UNAVAILABLE", _reason(error), self._target))
            raise _NotYet(words) from error
        return self._outputs(response)

    def _outputs(self, response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
        try:
            answer = json.loads(response.data)
        except ValueError:
            answer = {"error": response.data[:200].decode(errors="replace")}
        if response.status == 200:
            return _columns(answer)
        status = STATUSES.get(response.status, f"HTTP {response.status}")
        words = answer.get("error") if isinstance(answer, dict) else answer
        error = explain(status, str(words or response.reason), self._target)
        if isinstance(error, ServerUnavailable) and status == "UNAVAILABLE":
            raise _NotYet(str(error))
        raise error

    def close(self) -> None:
        self._pool.clear()


class _NotYet(PredictionFailed):
    """UNAVAILABLE: to be asked again."""


def _columns(answer: Any) -> dict[str, Any]:
    outputs = answer.get("outputs") if isinstance(answer, dict) else None
    return outputs if isinstance(outputs, dict) else {}


def _reason(error: Exception) -> str:
    """The part after urllib3's object name."""
    return str(error).rpartition("object at ")[2].partition(": ")[2] or str(
        error
    )
