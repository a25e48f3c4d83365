"""How `.venv` can be made on this machine, or what is missing for that.

Looks for everything before the first download, which is the set-up's. Like
`host.py`, standard library only and readable by Python 3.6.
"""

import os
import pathlib
import shutil
import subprocess
import urllib.error
import urllib.request
from typing import List, NamedTuple, Optional, Tuple

from requirements import host

# Where uv's own Pythons come from, unless UV_PYTHON_INSTALL_MIRROR says other.
PYTHONS = "https://github.com/astral-sh/python-build-standalone/releases"


class Plan(NamedTuple):
    """How `.venv` is made; nothing that this needs is missing.

    Attributes:
      python: what it is made of: a Python's path, or the version of one that
        uv downloads.
      uv: a uv that is there, or "".
      carrier: the Python that installs uv where there is none.
    """

    python: str
    uv: str
    carrier: Optional[host.Interpreter]


def works(uv: str) -> bool:
    """Whether this is a uv that has all that the set-up calls."""
    try:
        answer = subprocess.run(
            [uv, "venv", "--help"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return False
    return b"--clear" in answer.stdout


def find_uv(venv: pathlib.Path) -> str:
    """The uv of an environment, or the user's, or ""."""
    for uv in (str(venv / "bin" / "uv"), shutil.which("uv") or ""):
        if uv and works(uv):
            return uv
    return ""


def known_to_uv(uv: str, versions: Tuple[str, ...]) -> List[host.Interpreter]:
    """The fitting Pythons that uv downloaded earlier."""
    command = [uv, "python", "find", "--no-config", "--no-python-downloads"]
    for version in versions if uv else ():
        answer = subprocess.run(
            [*command, "--managed-python", version],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        found = host.probe(answer.stdout.decode().strip() or os.devnull)
        if found:
            return [found]
    return []


def why_unreachable(url: str) -> str:
    """Why a host cannot be reached, or "" where it answers at all."""
    try:
        urllib.request.urlopen(
            urllib.request.Request(url, method="HEAD"), timeout=5
        )
    except urllib.error.HTTPError:
        return ""
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "reason", error))
        # uv has certificates of its own, this Python may have none.
        return "" if "certificate" in reason.lower() else reason
    return ""


def choose_python(
    named: str,
    found: List[host.Interpreter],
    versions: Tuple[str, ...],
) -> str:
    """What `.venv` is made of, as `Plan.python` has it.

    Args:
      named: the user's choice, or "".
      found: the Pythons of this machine, the preferred ones first.
      versions: those that the lock is for, newest first.

    Raises:
      host.Missing: none fits, and uv cannot download one.
    """
    if named and not found:
        raise host.Missing(f"found no Python that runs as PYTHON={named}")
    for interpreter in found:
        if interpreter.fits(versions):
            return interpreter.path
    there = ", ".join(map(str, found)) or "no Python"
    needed = f"the packages for {host.libc()} need Python " + " or ".join(
        versions
    )
    if named:
        raise host.Missing(f"found {there}; {needed}")
    mirror = os.environ.get("UV_PYTHON_INSTALL_MIRROR", PYTHONS)
    reason = why_unreachable(mirror)
    if reason:
        raise host.Missing(
            f"found {there}; {needed}, and uv cannot download one from "
            f"{mirror.split('/')[2]} ({reason}); "
            + host.how_to_install(
                "install one, or name it: make set-up PYTHON=…"
            )
        )
    return versions[0]


def make_plan(
    venv: pathlib.Path, named: str, versions: Tuple[str, ...]
) -> Plan:
    """Looks at everything that making the environment needs.

    Args:
      venv: where it will be; what is there may have a uv.
      named: the Python that the user chose, or "".
      versions: the Pythons that the lock is for, newest first.

    Raises:
      host.Missing: something is not there.
    """
    uv = find_uv(venv)
    there = host.interpreters(versions)
    if named:
        candidates = list(filter(None, [host.probe(named)]))
    else:
        candidates = there + known_to_uv(uv, versions)
    python = choose_python(named, candidates, versions)
    if uv:
        return Plan(python, uv, None)
    for one in candidates + there:
        if one.carrier:
            return Plan(python, "", one)
    raise host.Missing(
        f"found {', '.join(map(str, candidates))} without pip and ensurepip, "
        "and no uv; "
        + host.how_to_install("install Python's venv module, or uv")
    )
