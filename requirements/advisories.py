"""Advisories on the local disk, served as OSV's API serves its own.

They are files of the OSV schema, YAML or JSON, anywhere in a directory: a clone
of https://github.com/pypa/advisory-database, say. The API:
https://google.github.io/osv.dev/post-v1-query
"""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from pathlib import Path
from typing import Any, Iterator

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

Advisory = dict[str, Any]


def read(directory: Path) -> list[Advisory]:
    """All advisories below `directory`.

    Raises:
      OSError: if a file cannot be read.
      ValueError: if one is not YAML or JSON; the message names it.
    """
    found = []
    for path in sorted(directory.rglob("*")):
        try:
            if path.suffix == ".json":
                loaded = json.loads(path.read_bytes())
            elif path.suffix == ".yaml":
                loaded = yaml.load(path.read_bytes(), yaml.CSafeLoader)
            else:
                continue
        except (ValueError, yaml.YAMLError) as error:
            raise ValueError(f"{path} is neither YAML nor JSON") from error
        if isinstance(loaded, dict) and "affected" in loaded:
            found.append(_plain(loaded))
    return found


def affecting(
    advisories: list[Advisory], name: str, version: str
) -> list[Advisory]:
    """Those of `advisories` that a version of a package on PyPI has."""
    return [
        advisory
        for advisory in advisories
        if any(
            canonicalize_name(affected["package"]["name"]) == name
            and _affects(affected, Version(version))
            for affected in advisory["affected"]
            if affected.get("package", {}).get("ecosystem") == "PyPI"
        )
    ]


@contextlib.contextmanager
def serve(advisories: list[Advisory]) -> Iterator[str]:
    """Answers OSV's queries on this machine; yields the URL to ask."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            query = json.loads(self.rfile.read(length))
            name, version = query["package"]["name"], query["version"]
            vulns = affecting(advisories, canonicalize_name(name), version)
            content = json.dumps({"vulns": vulns} if vulns else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


def _plain(advisory: Advisory) -> Advisory:
    """With dates as text, which YAML reads as such."""
    return json.loads(json.dumps(advisory, default=lambda d: d.isoformat()))


def _affects(affected: dict[str, Any], version: Version) -> bool:
    listed = map(_version, affected.get("versions", ()))
    return version in listed or any(
        _in_range(each["events"], version)
        for each in affected.get("ranges", ())
        if each["type"] == "ECOSYSTEM"
    )


def _in_range(events: list[dict[str, str]], version: Version) -> bool:
    """Whether the last event at or before `version` left it affected."""
    affected = False
    for event in sorted(events, key=lambda e: _version(next(iter(e.values())))):
        ((kind, value),) = event.items()
        at = _version(value)
        if version > at or (version == at and kind != "last_affected"):
            affected = kind == "introduced"
    return affected


def _version(text: str) -> Version:
    """Advisories name some versions that PEP 440 does not know."""
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0.dev0")
