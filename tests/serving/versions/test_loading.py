"""A label waits for the servers, and for those that cannot be asked."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from modules.common.errors import UserError
from serving.target import Credentials
from serving.versions import loading


@contextlib.contextmanager
def status_server(*states, pause=0.0):
    """A server that tells these states, one a request, then the last.

    Before the first answer it pauses, as one that is busy loading.

    `END: no such file` has an error, as after a load that failed; END alone is
    the state of a version that was unloaded.
    """
    left, pauses = list(states), [pause]

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            """Says nothing."""

        def do_GET(self):
            time.sleep(pauses.pop() if pauses else 0)
            state = left.pop(0) if len(left) > 1 else left[0]
            state, _, error = (state or "").partition(": ")
            code = "NOT_FOUND" if error else "OK"
            status = {"error_code": code, "error_message": error}
            version = {"version": "200", "state": state, "status": status}
            body = {"model_version_status": [version]}
            known = self.path == "/v1/models/cifar10/versions/200" and state
            with contextlib.suppress(BrokenPipeError):
                self.send_response(200 if known else 404)
                self.end_headers()
                self.wfile.write(json.dumps(body if known else {}).encode())

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(
        target=lambda: server.serve_forever(0.01), daemon=True
    ).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(loading, "_POLL", 0.01)
    monkeypatch.setattr(loading, "PAUSE", 0.0)
    monkeypatch.setattr(loading, "PORT", 1)  # Nobody's.


def servers(addresses, timeout=5.0, told=None):
    told = [] if told is None else told
    return loading.Servers(addresses, Credentials(), timeout, told.append)


def test_it_returns_when_every_server_has_the_version():
    with (
        status_server(None, "LOADING", "AVAILABLE") as one,
        status_server("AVAILABLE") as other,
    ):
        servers([one, other]).await_loaded("cifar10", 200, True)


def test_a_version_that_cannot_be_loaded_is_said_why():
    with (
        status_server("LOADING", "END: no such file") as address,
        pytest.raises(UserError, match=r"cannot load version 200.*no such"),
    ):
        servers([address]).await_loaded("cifar10", 200, True)


@pytest.mark.parametrize("end", ["END", "END: no such file"])
def test_a_version_that_was_served_before_is_waited_for(end, monkeypatch):
    """Its end, or its failure, is told until it is loaded once more."""
    monkeypatch.setattr(loading, "PAUSE", 60.0)
    with status_server(end, end, "LOADING", "AVAILABLE") as address:
        servers([address]).await_loaded("cifar10", 200, True)


def test_a_failure_that_stays_is_told(monkeypatch):
    monkeypatch.setattr(loading, "PAUSE", 0.1)
    with (
        status_server("END: no such file") as address,
        pytest.raises(UserError, match=r"cannot load version 200.*no such"),
    ):
        servers([address]).await_loaded("cifar10", 200, True)


@pytest.mark.parametrize("address", ["127.0.0.1:1", None])
def test_a_named_server_is_waited_for_until_the_time_is_up(address):
    with (
        status_server("LOADING") as slow,
        pytest.raises(UserError, match=r"has not loaded .* in 0.1 s"),
    ):
        servers([address or slow], 0.1).await_loaded("cifar10", 200, True)


def test_where_no_server_is_named_others_are_given_time():
    told = []
    servers([], told=told).await_loaded("cifar10", 200, False)
    assert told == []
    servers([], told=told).await_loaded("cifar10", 200, True)
    assert "--server" in told[0]


def test_a_busy_server_on_this_machine_is_one(monkeypatch):
    """Else a label would move to a version that it has not loaded."""
    monkeypatch.setattr(loading, "_ANSWER", 0.2)
    told = []
    with status_server("LOADING", "AVAILABLE", pause=0.5) as address:
        monkeypatch.setattr(loading, "PORT", int(address.rpartition(":")[2]))
        monkeypatch.setattr(loading, "DEFAULT", "127.0.0.1")
        servers([], told=told).await_loaded("cifar10", 200, True)
    assert told == []


def test_a_name_stands_for_all_its_addresses(monkeypatch):
    monkeypatch.setattr(
        loading.socket,
        "getaddrinfo",
        lambda *_, **__: [
            (0, 0, 0, "", (address, 1)) for address in ("10.0.0.2", "10.0.0.1")
        ],
    )
    asked = []
    monkeypatch.setattr(
        loading,
        "_state",
        lambda target: asked.append(target.server) or ("AVAILABLE", ""),
    )
    servers(["replicas:8501"]).await_loaded("cifar10", 200, True)
    assert asked == ["10.0.0.1:8501", "10.0.0.2:8501"]
