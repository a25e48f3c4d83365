"""The client, over both transports, against a server and against none."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import grpc
import numpy as np
import pytest

from modules.common.errors import UserError
from serving.client import Client
from serving.predictions import (
    BadImage,
    PredictionFailed,
    ServerUnavailable,
    refusal,
)
from tests.support.serving.fixtures import NEW, OLD
from tests.support.serving.stand_ins import ROW, grpc_server, rest_server, row

NOBODY = "127.0.0.1:1"  # Port 1 is nobody's.
transports = pytest.mark.parametrize("transport", ["grpc", "rest"])


@pytest.fixture(params=["grpc", "rest"])
def connect(request, server):
    """Makes clients of the server, over each transport."""
    with contextlib.ExitStack() as stack:

        def make(**arguments):
            client = Client(
                getattr(server, request.param),
                transport=request.param,
                **{"timeout": 60.0} | arguments,
            )
            return stack.enter_context(client)

        yield make


def test_each_image_gets_its_prediction(connect, pngs):
    together = connect().predict(pngs)
    apart = [connect().predict([png])[0] for png in pngs]
    assert len(together) == len(pngs)
    for one, same in zip(together, apart, strict=True):
        assert one.class_name == f"class {one.class_id}" == same.class_name
        assert sum(one.probabilities) == pytest.approx(1, abs=1e-5)
        assert one.probabilities == pytest.approx(same.probabilities, abs=1e-5)
        assert one.probability == max(one.probabilities)


def test_both_transports_say_the_same(server, pngs):
    with (
        Client(server.grpc, timeout=60) as one,
        Client(server.rest, transport="rest", timeout=60) as other,
    ):
        for a, b in zip(one.predict(pngs), other.predict(pngs), strict=True):
            np.testing.assert_allclose(a.probabilities, b.probabilities, 1e-5)


def test_no_images_ask_nobody():
    assert Client(NOBODY).predict([]) == []


def test_an_image_that_is_none_is_named_and_the_next_request_is_right(
    connect, pngs
):
    client = connect()
    with pytest.raises(BadImage, match="image 2 of the request") as raised:
        client.predict([*pngs[:2], b"not an image", *pngs[2:]])
    assert raised.value.index == 2
    assert len(client.predict(pngs)) == len(pngs)


@pytest.mark.parametrize("which", [{"version": OLD}, {"version": NEW}])
def test_a_version_can_be_asked_for(connect, pngs, which):
    assert connect(**which).predict(pngs)


@pytest.mark.parametrize(
    "which", [{"version": 3}, {"label": "golden"}, {"model": "penguin"}]
)
def test_what_is_not_served_is_said_to_be_missing(connect, pngs, which):
    (name,) = map(str, which.values())
    with pytest.raises(PredictionFailed, match=r"there is no .*cifar10 models"):
        connect(**which).predict(pngs[:1])
    with pytest.raises(PredictionFailed, match=name):
        connect(**which).predict(pngs[:1])


@transports
def test_no_server_is_one_line_that_says_what_to_do(transport):
    start = time.monotonic()
    client = Client(NOBODY, transport=transport, timeout=1)
    with pytest.raises(ServerUnavailable, match="make serve") as raised:
        client.predict([b"an image"])
    assert NOBODY in str(raised.value)
    assert "\n" not in str(raised.value)
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("server_name", ["", "a/b:1", "host:", "host:port"])
def test_a_server_is_a_host_and_a_port(server_name):
    with pytest.raises(UserError, match="HOST:PORT"):
        Client(server_name)


def test_grpc_asks_again_while_unavailable():
    calls = []

    def behaviour(_, context):
        calls.append(1)
        if len(calls) < 3:
            context.abort(grpc.StatusCode.UNAVAILABLE, "loading")
        return row()

    with grpc_server(behaviour) as address, Client(address) as client:
        (prediction,) = client.predict([b"an image"])
    assert (prediction.class_name, prediction.probability) == ("cat", 0.75)
    assert len(calls) == 3


def test_rest_asks_again_while_unavailable():
    calls = []

    def behaviour():
        calls.append(1)
        if len(calls) < 3:
            return 503, b'{"error": "loading"}'
        return 200, ROW

    with rest_server(behaviour) as address:
        client = Client(address, transport="rest")
        (prediction,) = client.predict([b"an image"])
    assert (prediction.class_name, prediction.probability) == ("cat", 0.75)
    assert len(calls) == 3


def test_grpc_does_not_ask_again_for_any_other_reason():
    calls = []

    def behaviour(_, context):
        calls.append(1)
        context.abort(grpc.StatusCode.INTERNAL, "out of luck")

    with (
        grpc_server(behaviour) as address,
        Client(address) as client,
        pytest.raises(PredictionFailed, match="INTERNAL: out of luck"),
    ):
        client.predict([b"an image"])
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (500, b'{"error": "out of luck"}', "HTTP 500: out of luck"),
        (400, b'{"error": "no such signature"}', "refused .*no such signature"),
        (502, b"<html>Bad gateway</html>", "HTTP 502: .*Bad gateway"),
        (200, b"[]", "without probabilities, class_id, class_name"),
        (200, b'{"outputs": {}}', "without probabilities"),
    ],
)
def test_rest_says_what_the_server_said(status, body, told):
    with (
        rest_server(lambda: (status, body)) as address,
        pytest.raises(PredictionFailed, match=told),
    ):
        Client(address, transport="rest").predict([b"an image"])


def test_a_server_that_is_too_slow_is_not_waited_for():
    def sleep(*_):
        time.sleep(2)
        return 200, b"{}"

    for transport, server in (("grpc", grpc_server), ("rest", rest_server)):
        with server(sleep) as address:
            client = Client(address, transport=transport, timeout=0.3)
            start = time.monotonic()
            with pytest.raises(ServerUnavailable, match=r"within 0.3 s"):
                client.predict([b"an image"])
            assert time.monotonic() - start < 1.5
            client.close()


def test_a_refusal_names_the_image_whatever_is_around_it():
    error = refusal(
        "assertion failed: [image 4 of the request (counted from 0) is empty] "
        "[[{{node Assert}}]]",
        "the server",
    )
    assert isinstance(error, BadImage)
    assert (error.index, error.reason) == (4, "is empty")


@pytest.mark.parametrize(
    "words",
    [
        "pixels is of shape [2 3]; expected [N]",
        "pixels is of shape [2 3]; expected [N]\n\tat: line 7",
        "assertion failed: [pixels is of shape [2 3]; expected [N]]",
        "assertion failed: [pixels is of shape [2 3]; expected [N]] [[{{x}}]]",
    ],
)
def test_other_refusals_are_one_sentence_of_the_servers(words):
    error = refusal(words, "the server")
    assert not isinstance(error, BadImage)
    assert str(error) == (
        "the server refused the request: pixels is of shape [2 3]; expected [N]"
    )


def test_the_clients_import_no_tensorflow():
    code = f"""
import sys, contextlib
from serving.client import Client
for transport in ("grpc", "rest"):
    with contextlib.suppress(ValueError):
        Client({NOBODY!r}, transport=transport, timeout=0.1).predict([b""])
print({{"tensorflow", "keras", "tfx"}} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout == "set()\n"
