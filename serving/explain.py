"""What a server's refusal means, and what to do about it.

TF Serving says INVALID_ARGUMENT, HTTP 400, of an unknown label as well as of a
malformed image, and REST turns FAILED_PRECONDITION into 400 too
(model_servers/server_core.cc and http_server.cc, 2.20): the words decide.
"""

from __future__ import annotations

import re

from serving.predictions import (
    PredictionFailed,
    ServerUnavailable,
    refusal,
)
from serving.target import Target

REST_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""Those HTTP codes of TF Serving that stand for one status."""

_MISSING = re.compile(
    r"Unrecognized servable version label|Servable not found for request"
)
_NO_SIGNATURE = re.compile(r"Serving signature (key|name:) ")
# Variables that were never restored: a version that was copied in part.
_INCOMPLETE = re.compile(
    r"Could not find variable|reading resource variable|uninitialized",
    re.IGNORECASE,
)
_TLS = re.compile(r"SSL_ERROR_SSL|CERTIFICATE_|_VERSION_NUMBER|_ALERT_")
# What gRPC says of an HTTP/1 answer; how http.client quotes an HTTP/2 frame.
_REST_PORT = re.compile(r"http1\.x server|Expected SETTINGS frame")
_GRPC_PORT = re.compile(r"BadStatusLine.*\\x00\\x00")


def explain(status: str, words: str, target: Target) -> PredictionFailed:
    """The error to raise for a gRPC status, whichever transport had it.

    Args:
      status: the canonical name, such as `NOT_FOUND`.
      words: what the server, or the connection, said.
      target: what was asked.
    """
    if (special := _by_words(status, words, target)) is not None:
        return special
    if status == "UNAVAILABLE":
        return ServerUnavailable(
            f"no TF Serving at {target.server} ({words}); start one with "
            "`make serve`, or predict without one: --model DIR."
        )
    if status == "DEADLINE_EXCEEDED":
        return ServerUnavailable(
            f"{target.server} did not answer within {target.timeout:g} s; "
            "send fewer images per request, or raise --timeout."
        )
    if status in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
        return PredictionFailed(
            f"{target.server} denied access ({words}); pass what it expects: "
            "--header, or --client-certificate with --client-key."
        )
    if status == "INVALID_ARGUMENT":
        return refusal(words, str(target))
    return PredictionFailed(f"{target} failed with {status}: {words}")


def _by_words(
    status: str, words: str, target: Target
) -> PredictionFailed | None:
    if _MISSING.search(words):
        return PredictionFailed(
            f"there is no {target} ({words}); `cifar10 models` lists the "
            "pushed versions and their labels."
        )
    if _NO_SIGNATURE.search(words):
        return PredictionFailed(
            f"{target} is another kind of model ({words}); expected one that "
            "this pipeline pushed."
        )
    if status in ("FAILED_PRECONDITION", "INVALID_ARGUMENT") and (
        _INCOMPLETE.search(words)
    ):
        return PredictionFailed(
            f"{target} was loaded from an incomplete copy; `cifar10 models` "
            "shows what is missing, `cifar10 deliver` copies a whole version."
        )
    if status == "NOT_FOUND":
        return PredictionFailed(
            f"{target.server} is no REST port of TF Serving, or not at this "
            f"path ({words or 'HTTP 404'}); check the address and its prefix."
        )
    return None


def misconnected(words: str, target: Target) -> PredictionFailed | None:
    """The error for a connection that no retry can mend; None if one may."""
    if _REST_PORT.search(words):
        return PredictionFailed(
            f"{target.server} speaks HTTP/1, so it is not the gRPC port; use "
            "the gRPC port (8500 unless changed), or --transport rest."
        )
    if _GRPC_PORT.search(words):
        return PredictionFailed(
            f"{target.server} speaks HTTP/2, so it is not the REST port; use "
            "the REST port (8501 unless changed), or --transport grpc."
        )
    if _TLS.search(words):
        return PredictionFailed(
            f"no TLS connection to {target.server} ({words}); check https:// "
            "in --server, --ca, and --client-certificate."
        )
    return None
