"""The client as real clusters need it: TLS, headers, prefixes, proxies."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pytest

from modules.common.errors import UserError
from serving import rest_transport
from serving.client import Client
from serving.grpc_transport import CHANNEL_OPTIONS
from serving.predictions import PredictionFailed
from serving.target import (
    Credentials,
    Target,
    parse_header,
)
from tests.support.serving import stand_ins

REPOSITORY = Path(__file__).parents[2]
transports = pytest.mark.parametrize("transport", ["grpc", "rest"])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, and a certificate for localhost that it signed."""
    folder = tmp_path_factory.mktemp("certificates")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    authority = [
        *("-subj", "/CN=test authority", "-x509"),
        # Python 3.13 accepts no authority without.
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    ]
    server = [
        *("-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        *("-addext", "basicConstraints=CA:FALSE"),
        *("-x509", "-CA", "ca.pem", "-CAkey", "ca.key"),
    ]
    for name, options in (("ca", authority), ("server", server)):
        subprocess.run(
            [
                *("openssl", "req", "-nodes", "-days", "2", *curve, *options),
                *("-out", f"{name}.pem", "-keyout", f"{name}.key"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
        )
    return folder


def of_both(folder):
    """Credentials with a client certificate."""
    return Credentials(
        authority=folder / "ca.pem",
        certificate=folder / "server.pem",
        key=folder / "server.key",
    )


@transports
def test_tls_with_a_client_certificate(transport, certificates):
    with stand_ins.tls(transport, certificates) as port:
        with Client(
            f"localhost:{port}",
            transport=transport,
            credentials=of_both(certificates),
        ) as client:
            (prediction,) = client.predict([b"an image"])
        assert prediction.class_name == "cat"
        with (
            Client(
                f"localhost:{port}",
                transport=transport,
                credentials=Credentials(authority=certificates / "ca.pem"),
                timeout=2,
            ) as unknown,
            pytest.raises(PredictionFailed),
        ):
            unknown.predict([b"an image"])


@transports
def test_a_certificate_of_an_unknown_authority_is_said_at_once(
    transport, certificates
):
    start = time.monotonic()
    with (
        stand_ins.tls(transport, certificates) as port,
        Client(
            f"https://localhost:{port}", transport=transport, timeout=20
        ) as client,
        pytest.raises(PredictionFailed, match=r"no TLS connection .*--ca"),
    ):
        client.predict([b"an image"])
    assert time.monotonic() - start < 5


@transports
def test_headers_go_with_each_request(transport):
    seen = []
    headers = (parse_header("X-Api-Key: secret"),)
    with (
        stand_ins.recording(transport, seen) as address,
        Client(
            address,
            transport=transport,
            credentials=Credentials(headers=headers),
        ) as client,
    ):
        client.predict([b"an image"])
    assert seen[0].headers["x-api-key"] == "secret"


def test_a_prefix_goes_before_the_path():
    seen = []
    with stand_ins.recording("rest", seen) as address:
        client = Client(f"http://{address}/ml/serving/", transport="rest")
        client.predict([b"an image"])
    assert seen[0].path == (
        "/ml/serving/v1/models/cifar10/labels/stable:predict"
    )
    with pytest.raises(UserError, match="gRPC has no URL prefixes"):
        Client("http://localhost:8500/ml")


@transports
def test_an_ipv6_address_is_reached(transport):
    if not stand_ins.has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    with stand_ins.recording(transport, [], host="::1") as address:
        assert address.startswith("[::1]:")
        with Client(address, transport=transport) as client:
            assert client.predict([b"an image"])


@transports
def test_no_proxy_is_asked_for_this_machine(transport, monkeypatch):
    for name in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with stand_ins.recording(transport, []) as address:
        port = address.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost"):
            with Client(
                f"{host}:{port}", transport=transport, timeout=3
            ) as client:
                assert client.predict([b"an image"])


def test_rest_elsewhere_goes_through_the_proxy(monkeypatch):
    seen = []
    with stand_ins.recording("rest", seen) as proxy:
        monkeypatch.setenv("http_proxy", f"http://{proxy}")
        monkeypatch.delenv("no_proxy", raising=False)
        Client("models.example.com", transport="rest").predict([b"an image"])
    assert seen[0].path.startswith("http://models.example.com:8501/v1/")


@transports
def test_unavailable_is_asked_again_until_the_time_is_up(transport):
    """A server that comes up while the client is already asking."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    asked = []

    def ask():
        with Client(
            f"127.0.0.1:{port}", transport=transport, timeout=20
        ) as client:
            asked.extend(client.predict([b"an image"]))

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(1)
    with stand_ins.recording(transport, [], port=port):
        thread.join(timeout=15)
    assert [each.class_name for each in asked] == ["cat"]


@transports
def test_refusals_are_retried_past_five_attempts(transport):
    calls = []

    def refused():
        calls.append(1)
        return len(calls) < 8

    def by_grpc(_, context):
        if refused():
            context.abort(grpc.StatusCode.UNAVAILABLE, "loading")
        return stand_ins.row()

    def by_rest():
        return (503, b"{}") if refused() else (200, stand_ins.ROW)

    with (
        (
            stand_ins.grpc_server(by_grpc)
            if transport == "grpc"
            else stand_ins.rest_server(by_rest)
        ) as address,
        Client(address, transport=transport, timeout=30) as client,
    ):
        client.predict([b"an image"])
    assert len(calls) == 8


def test_importing_the_rest_transport_loads_no_grpc():
    code = """
import sys
from serving import client, rest_transport
print({"grpc", "serving.grpc_transport"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert done.stdout == "set()\n"


def test_an_idle_rest_connection_is_kept_alive():
    """Load balancers drop it after minutes, without a word to the client."""
    target = Target(host="127.0.0.1", port=1, model="cifar10")
    pool = rest_transport.pool(target, "http")
    with socket.socket() as probe:
        for option in pool.connection_pool_kw["socket_options"]:
            probe.setsockopt(*option)
        assert probe.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert probe.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 300


def test_grpc_pings_no_more_often_than_servers_allow():
    """Pings below five minutes are answered with GOAWAY too_many_pings."""
    assert CHANNEL_OPTIONS["grpc.keepalive_time_ms"] >= 300_000
