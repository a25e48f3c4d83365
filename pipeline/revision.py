"""The commit that a run's source is at."""

from __future__ import annotations

import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def commit(repository: Path = REPOSITORY) -> str:
    """The commit of the source code; "" outside a git repository.

    It ends in "+" where tracked files have uncommitted changes.
    """
    try:
        described = subprocess.run(
            [
                "git",
                "describe",
                "--always",
                "--exclude=*",
                "--abbrev=40",
                "--dirty=+",
            ],
            cwd=repository,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return described.stdout.strip()
