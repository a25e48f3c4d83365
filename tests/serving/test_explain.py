"""Each refusal says what to do."""

import json
import time

import grpc
import pytest

from serving.client import Client
from serving.predictions import PredictionFailed
from tests.support.serving import stand_ins
from tests.support.serving.double.apis import NOT_FOUND

transports = pytest.mark.parametrize("transport", ["grpc", "rest"])


@transports
def test_swapped_ports_are_said_to_be_swapped(transport):
    other = {"grpc": "rest", "rest": "grpc"}[transport]
    start = time.monotonic()
    with (
        stand_ins.recording(other, []) as address,
        Client(address, transport=transport, timeout=20) as client,
        pytest.raises(PredictionFailed, match=f"--transport {other}"),
    ):
        client.predict([b"an image"])
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, "denied access .*--header"),
        (grpc.StatusCode.PERMISSION_DENIED, "denied access .*--header"),
    ],
)
def test_a_denied_caller_is_told_what_to_pass(status, told):
    with (
        stand_ins.grpc_server(lambda _, c: c.abort(status, "no")) as address,
        Client(address) as client,
        pytest.raises(PredictionFailed, match=told),
    ):
        client.predict([b"an image"])


def test_what_is_no_tf_serving_is_said_so():
    """Not even its own 404 is JSON; that of a proxy may be empty."""
    for page in (b"", NOT_FOUND.encode()):
        with (
            stand_ins.rest_server(lambda page=page: (404, page)) as address,
            pytest.raises(
                PredictionFailed, match=r"^[^<\n]*no REST port [^<\n]* prefix"
            ),
        ):
            Client(address, transport="rest").predict([b"an image"])


@transports
def test_an_incomplete_copy_is_said_to_be_one(transport):
    """REST says 400 of FAILED_PRECONDITION: the words decide."""
    words = (
        "Could not find variable dense/kernel. This could mean that the "
        "variable has been deleted. In TF1, it can also mean the variable is "
        "uninitialized."
    )
    status = grpc.StatusCode.FAILED_PRECONDITION
    body = json.dumps({"error": words}).encode()
    with (
        (
            stand_ins.grpc_server(lambda _, c: c.abort(status, words))
            if transport == "grpc"
            else stand_ins.rest_server(lambda: (400, body))
        ) as address,
        Client(address, transport=transport) as client,
        pytest.raises(PredictionFailed, match=r"incomplete .*cifar10 deliver"),
    ):
        client.predict([b"an image"])
