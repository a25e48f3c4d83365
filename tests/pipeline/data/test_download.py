"""Why a host gave nothing: in words, and soon."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest
from rich.progress import Progress

from pipeline.data import download
from pipeline.data.download import UnreachableError
from pipeline.datasets.config import RemoteFile


def why(url, directory):
    """The reason for which nothing comes from `url`."""
    remote = RemoteFile(url, "0" * 32)
    with (
        pytest.raises(UnreachableError) as error,
        download.downloaded(remote, directory, Progress(disable=True)),
    ):
        pass
    return str(error.value)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@contextlib.contextmanager
def listening(backlog=5):
    """A port of this machine on which somebody listens, and no more."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(backlog)
        yield server


def test_a_name_that_nobody_knows(tmp_path):
    reason = why("http://cifar10.invalid/x.tar.gz", tmp_path)
    assert reason.startswith("its name is not known here")


def test_a_closed_port(tmp_path):
    with listening() as server:
        port = server.getsockname()[1]
    reason = why(f"http://127.0.0.1:{port}/x.tar.gz", tmp_path)
    assert reason == "it refuses connections"


def test_a_proxy_that_is_not_there(tmp_path, monkeypatch):
    with listening() as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    reason = why("http://cifar10.invalid/x.tar.gz", tmp_path)
    assert reason.startswith("the proxy does not connect")


def test_packets_that_are_dropped(tmp_path, monkeypatch):
    """A queue that is full lets no connection in, as a firewall would."""
    monkeypatch.setattr(download, "_CONNECT_SECONDS", 0.3)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(listening(backlog=0))
        address = server.getsockname()
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        start = time.monotonic()
        reason = why(f"http://127.0.0.1:{address[1]}/x.tar.gz", tmp_path)
        assert time.monotonic() - start < 3
    assert reason == "no answer within 0.3 seconds, asked twice"


def test_a_host_that_never_speaks(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "_READ_SECONDS", 0.3)
    with listening() as server:
        port = server.getsockname()[1]
        reason = why(f"http://127.0.0.1:{port}/x.tar.gz", tmp_path)
    assert reason == "it sent nothing for 0.3 seconds"


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_a_certificate_that_nobody_vouches_for(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
            *("-keyout", key, "-out", certificate, "-days", "1"),
            *("-subj", "/CN=localhost"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with listening() as server:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with contextlib.suppress(OSError):
                        context.wrap_socket(client, server_side=True).close()

        threading.Thread(target=serve, daemon=True).start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}/x.tar.gz"
        reason = why(url, tmp_path)
        server.shutdown(socket.SHUT_RDWR)
    assert reason.startswith("its certificate is not accepted")
