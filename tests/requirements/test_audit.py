"""What `make audit` says of locks, and of databases that it cannot use."""

import http.server
import threading

import pytest

from requirements import audit, locks

ADVISORY = """
id: PYSEC-2023-227
modified: "2023-11-03T10:29:41Z"
aliases: [CVE-2023-44271]
affected:
- package: {ecosystem: PyPI, name: pillow}
  ranges:
  - type: ECOSYSTEM
    events: [{introduced: "0"}, {fixed: 10.0.0}]
"""


@pytest.fixture
def pins(monkeypatch):
    """Two locks, of which one has an old Pillow."""
    found = {("pillow", "9.5.0"): ["old"], ("pillow", "12.0.0"): ["new"]}
    monkeypatch.setattr(locks, "pins", lambda: found)
    return found


@pytest.fixture
def server(monkeypatch):
    """In place of all services: answers what it is told to."""

    class Handler(http.server.BaseHTTPRequestHandler):
        status, content = 404, b""

        def do_GET(self):
            self.send_response(self.status)
            self.end_headers()
            self.wfile.write(self.content)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as made:
        threading.Thread(target=made.serve_forever).start()
        url = f"http://127.0.0.1:{made.server_port}/"
        _, ask, key = audit.PROBES["pypi"]
        monkeypatch.setattr(audit, "PROBES", {"pypi": (url, ask, key)})
        yield Handler
        made.shutdown()


def test_a_vulnerable_release_is_a_line_and_exit_code_1(pins, tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(ADVISORY)
    assert audit.main(["--advisories", str(tmp_path)]) == 1
    database, found, count = capsys.readouterr().out.splitlines()
    assert database.endswith("the newest of 2023-11-03T10:29:41Z")
    assert found == (
        "pillow==9.5.0 (old): PYSEC-2023-227, CVE-2023-44271; fixed in 10.0.0"
    )
    assert count == "1 known vulnerabilities in 2 locked packages"


def test_nothing_known_is_exit_code_0(pins, tmp_path, capsys):
    del pins["pillow", "9.5.0"]
    (tmp_path / "a.yaml").write_text(ADVISORY)
    assert audit.main(["--advisories", str(tmp_path)]) == 0


@pytest.mark.parametrize(
    ("status", "content", "why"),
    [
        (404, b"", "HTTP 404"),
        (200, b'{"vulnerabilities": []}', "no vulnerabilities"),
        (200, b"<html>", "JSONDecodeError"),
    ],
)
def test_without_a_database_one_line_says_so_and_exit_code_69(
    pins, server, capsys, status, content, why
):
    server.status, server.content = status, content
    assert audit.main([]) == 69
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: no database of advisories answers (")
    assert why in line
    assert "nothing was audited" in line


def test_a_service_that_knows_the_known_is_asked(server):
    server.status, server.content = 200, b'{"vulnerabilities": [{"id": "A"}]}'
    with audit.database(None) as arguments:
        assert arguments == ["--vulnerability-service", "pypi"]


@pytest.mark.parametrize("name", [".", "nothing here"])
def test_a_directory_without_advisories_is_no_database(
    pins, tmp_path, capsys, name
):
    assert audit.main(["--advisories", str(tmp_path / name)]) == 69
    (line,) = capsys.readouterr().err.splitlines()
    assert "found no advisories in" in line


def test_a_package_that_was_skipped_is_no_success(pins, monkeypatch, capsys):
    skipped = {"name": "pillow", "skip_reason": "not found on PyPI"}
    monkeypatch.setattr(audit, "_pip_audit", lambda *_: [skipped])
    monkeypatch.setattr(audit, "_probe", lambda _: "")
    assert audit.main([]) == 69
    assert "pillow could not be audited: not found" in capsys.readouterr().err
