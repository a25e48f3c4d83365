import http.server
import threading

import pytest

from requirements import host
from requirements.plan import choose_python

VERSIONS = ("3.13", "3.12", "3.11")


def python(version, **more):
    return host.Interpreter(f"/usr/bin/python{version}", version, **more)


@pytest.fixture
def mirror(monkeypatch):
    """Where uv would download a Python from: a server that answers 404."""
    server = http.server.HTTPServer(
        ("127.0.0.1", 0), http.server.BaseHTTPRequestHandler
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/releases"
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", url)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_first_python_that_fits_is_taken():
    found = [python("3.14.1"), python("3.12.3"), python("3.11.2")]
    chosen = choose_python("", found, VERSIONS)
    assert chosen == "/usr/bin/python3.12.3"


def test_where_none_fits_uv_downloads_the_newest(mirror):
    assert choose_python("", [python("3.14.1")], VERSIONS) == "3.13"


def test_where_uv_cannot_either_it_is_said_in_a_line(mirror):
    mirror.shutdown()
    mirror.server_close()
    with pytest.raises(host.Missing, match="cannot download one from") as no:
        choose_python("", [python("3.14.1")], VERSIONS)
    text = str(no.value)
    assert text.startswith("found /usr/bin/python3.14.1 (3.14.1);")
    assert "need Python 3.13 or 3.12 or 3.11" in text
    assert "\n" not in text


def test_the_python_that_is_named_is_not_replaced():
    with pytest.raises(host.Missing, match=r"found .*3\.10.*need Python 3\.13"):
        choose_python("python3.10", [python("3.10.1")], VERSIONS)
    with pytest.raises(host.Missing, match="runs as PYTHON=nothing"):
        choose_python("nothing", [], VERSIONS)
