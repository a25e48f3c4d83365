"""Predict over REST: JSON with the image files in base64."""

from __future__ import annotations

import base64
import json
import re
import socket
import urllib.request
from collections.abc import Sequence
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection

from serving.explain import REST_STATUSES, explain, misconnected
from serving.predictions import SIGNATURE, Prediction, from_columns
from serving.retries import NotYet, until_deadline
from serving.target import Target

KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    # Load balancers forget an idle connection after minutes, without a word.
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
)


def path(target: Target) -> str:
    """The path of the model's `predict` method."""
    which = ""
    if target.version is not None:
        which = f"/versions/{target.version}"
    elif target.label:
        which = f"/labels/{target.label}"
    return f"{target.prefix}/v1/models/{target.model}{which}:predict"


def body(images: Sequence[bytes]) -> dict[str, Any]:
    """The request for predictions of `images`, to be sent as JSON."""
    encoded = [{"b64": base64.b64encode(image).decode()} for image in images]
    return {"signature_name": SIGNATURE, "inputs": encoded}


class RestTransport:
    """A pool of connections to the server.

    Args:
      target: which model to ask, and for how long.

    Raises:
      UserError: if a certificate cannot be read.
    """

    def __init__(self, target: Target):
        self._target = target
        scheme = "https" if target.encrypted else "http"
        self._url = f"{scheme}://{target.server}{path(target)}"
        self._pool = pool(target, scheme)

    def predict(self, images: Sequence[bytes]) -> list[Prediction]:
        """One prediction an image; asks again while UNAVAILABLE."""
        asked = body(images)
        outputs = until_deadline(
            lambda seconds: self._ask(asked, seconds), self._target.timeout
        )
        return from_columns(outputs, len(images), str(self._target))

    def _ask(self, asked: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The outputs by name, from one request."""
        try:
            response = self._pool.request(
                "POST",
                self._url,
                json=asked,
                timeout=urllib3.Timeout(total=seconds),
                headers=dict(self._target.credentials.headers),
            )
        except urllib3.exceptions.ReadTimeoutError as error:
            raise explain("DEADLINE_EXCEEDED", "", self._target) from error
        except urllib3.exceptions.HTTPError as error:
            words = reason(error)
            if problem := misconnected(words, self._target):
                raise problem from error
            raise NotYet(
                str(explain("UNAVAILABLE", words, self._target))
            ) from error
        return self._outputs(response)

    def _outputs(self, response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
        try:
            answer = json.loads(response.data)
        except ValueError:
            answer = {"error": _text(response.data)}
        if response.status == 200:
            return _columns(answer)
        status = REST_STATUSES.get(response.status, f"HTTP {response.status}")
        words = answer.get("error") if isinstance(answer, dict) else answer
        error = explain(status, str(words or response.reason), self._target)
        if status == "UNAVAILABLE":
            raise NotYet(str(error))
        raise error

    def close(self) -> None:
        self._pool.clear()


def pool(target: Target, scheme: str) -> urllib3.PoolManager:
    """Connections as the target wants them: TLS, proxy, keepalive."""
    credentials = target.credentials
    credentials.files()  # Says which file is missing; urllib3 does not.
    options: dict[str, Any] = {
        "retries": False,
        "maxsize": 8,
        "socket_options": [*HTTPConnection.default_socket_options, *KEEPALIVE],
    }
    if target.encrypted:
        options |= {
            "ca_certs": credentials.authority and str(credentials.authority),
            "cert_file": credentials.certificate
            and str(credentials.certificate),
            "key_file": credentials.key and str(credentials.key),
        }
    proxy = urllib.request.getproxies().get(scheme)
    if not proxy or target.local or urllib.request.proxy_bypass(target.host):
        return urllib3.PoolManager(**options)
    return urllib3.ProxyManager(proxy, **options)


def _columns(answer: Any) -> dict[str, Any]:
    outputs = answer.get("outputs") if isinstance(answer, dict) else None
    return outputs if isinstance(outputs, dict) else {}


def _text(page: bytes) -> str:
    """The words of an answer that is no JSON, such as a proxy's error page."""
    words = re.sub(r"<[^>]*>", " ", page.decode(errors="replace"))
    return " ".join(words.split())[:200]


def reason(error: Exception) -> str:
    """What urllib3 says, without the object that it says it of."""
    words = str(error)
    _, about, rest = words.rpartition("object at ")
    return rest.partition(": ")[2] if about else words
