"""`make audit`: the known vulnerabilities of all locked packages.

    python -m requirements.audit [--advisories DIRECTORY]

pip-audit looks each of them up, whatever system or Python it is locked for. The
exit code is 0 if none is known, 1 if some are, 2 for wrong arguments, and 69
(`EX_UNAVAILABLE`) if no database of advisories can be had.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Sequence

import requests

from requirements import advisories, locks
from requirements.locks import Pin

ADVISORY_DATABASE = "https://github.com/pypa/advisory-database"
TIMEOUT = 15.0
"""Seconds that a database has to answer."""


def _ask_pypi(url: str) -> requests.Response:
    return requests.get(url, timeout=TIMEOUT)


def _ask_osv(url: str) -> requests.Response:
    package = {"name": "pillow", "ecosystem": "PyPI"}
    query: dict[str, Any] = {"package": package, "version": "9.5.0"}
    return requests.post(url, json=query, timeout=TIMEOUT)


PROBES: dict[str, tuple[str, Callable[[str], requests.Response], str]] = {
    "pypi": (
        "https://pypi.org/pypi/pillow/9.5.0/json",
        _ask_pypi,
        "vulnerabilities",
    ),
    "osv": ("https://api.osv.dev/v1/query", _ask_osv, "vulns"),
}
"""A question with a known answer to each of pip-audit's services.

A mirror of PyPI has the packages, but not always their vulnerabilities. The
last is the key of those in the answer.
"""


class Finding(NamedTuple):
    """A known vulnerability: its names, and the versions without it."""

    pin: Pin
    ids: list[str]
    fixed_in: list[str]


class Unavailable(Exception):
    """There is nothing to look packages up in; the message is one line."""


@contextlib.contextmanager
def database(directory: Path | None) -> Iterator[list[str]]:
    """Chooses the database; yields pip-audit's arguments for it.

    Raises:
      Unavailable: if there is none.
    """
    if directory is None:
        yield _reached()
        return
    try:
        found = advisories.read(directory)
    except (OSError, ValueError) as error:
        raise Unavailable(f"cannot read the advisories: {error}.") from error
    if not found:
        raise Unavailable(
            f"found no advisories in {directory}, expected YAML or JSON files "
            f"as {ADVISORY_DATABASE} has them."
        )
    newest = max(str(each.get("modified", "")) for each in found)
    print(f"{len(found):,} advisories in {directory}, the newest of {newest}")
    with advisories.serve(found) as url:
        yield ["--vulnerability-service", "osv", "--osv-url", url]


def _reached() -> list[str]:
    """pip-audit's arguments for a database on the network."""
    problems = []
    for service in PROBES:
        problem = _probe(service)
        if not problem:
            print(f"asking {service}")
            return ["--vulnerability-service", service]
        problems.append(problem)
    raise Unavailable(
        f"no database of advisories answers ({', '.join(problems)}); nothing "
        f"was audited. Clone {ADVISORY_DATABASE} where it can be reached, and "
        "give ADVISORIES= its directory."
    )


def _probe(service: str) -> str:
    """Why a service cannot be used; "" if it can."""
    url, ask, key = PROBES[service]
    try:
        answer = ask(url)
        if not answer.ok:
            return f"{url}: HTTP {answer.status_code}"
        return "" if answer.json().get(key) else f"{url}: no {key}"
    except (requests.RequestException, ValueError) as error:
        return f"{url}: {type(error).__name__}"


def audit(pins: Iterable[Pin], service: Sequence[str]) -> list[Finding]:
    """Has pip-audit look up `pins`, a version of each package at a time.

    Raises:
      Unavailable: if some could not be looked up.
    """
    found = []
    left = sorted(pins)
    while left:
        now = dict(left)
        for dependency in _pip_audit(now, service):
            if "skip_reason" in dependency:
                raise Unavailable(
                    f"{dependency['name']} could not be audited: "
                    f"{dependency['skip_reason']}"
                )
            for known in dependency["vulns"]:
                pin = dependency["name"], dependency["version"]
                ids = [known["id"], *known["aliases"]]
                found.append(Finding(pin, ids, known["fix_versions"]))
        left = [(name, v) for name, v in left if now[name] != v]
    return sorted(found)


def _pip_audit(
    pins: dict[str, str], service: Sequence[str]
) -> list[dict[str, Any]]:
    """What it says about each package."""
    with tempfile.TemporaryDirectory() as directory:
        requirements = Path(directory) / "pins.txt"
        lines = [f"{name}=={version}\n" for name, version in pins.items()]
        requirements.write_text("".join(lines), "utf-8")
        answer = subprocess.run(
            [
                *(sys.executable, "-m", "pip_audit", "--disable-pip"),
                *("--no-deps", "--requirement", str(requirements)),
                *("--format", "json", "--progress-spinner", "off", *service),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    if not answer.stdout:
        last = (answer.stderr.strip() or "no output").splitlines()[-1]
        raise Unavailable(f"pip-audit failed: {last}")
    return json.loads(answer.stdout)["dependencies"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line for each vulnerability; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m requirements.audit")
    parser.add_argument(
        "--advisories",
        type=Path,
        metavar="DIRECTORY",
        help="advisories in OSV's format, in place of those on the network",
    )
    options = parser.parse_args(arguments)
    pins = locks.pins()
    try:
        with database(options.advisories) as service:
            found = audit(pins, service)
    except Unavailable as error:
        print(f"error: {error}", file=sys.stderr)
        return os.EX_UNAVAILABLE
    for finding in found:
        fixed = ", ".join(finding.fixed_in) or "no version"
        print(
            f"{'=='.join(finding.pin)} ({', '.join(pins[finding.pin])}): "
            f"{', '.join(finding.ids)}; fixed in {fixed}"
        )
    print(f"{len(found)} known vulnerabilities in {len(pins)} locked packages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
