"""The lock files, and the releases that they pin."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)

Pin = tuple[str, str]
"""A package and its version."""


def files() -> list[Path]:
    """The lock files: those of this directory with hashes."""
    return [
        path
        for path in sorted(HERE.glob("*.txt"))
        if "--hash=" in path.read_text("utf-8")
    ]


def pins() -> dict[Pin, list[str]]:
    """The names of the locks that hold each pin, for whatever system."""
    found: dict[Pin, list[str]] = {}
    for path in files():
        for pin in _PIN.findall(path.read_text("utf-8")):
            found.setdefault(pin, []).append(path.stem)
    return found
