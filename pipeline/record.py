"""What is kept of a run: `<root>/results/<run>.json`.

A pushed model cannot say how well it did, since its digest, and so its cache
entry, come before its evaluation. So the run says it, beside the models.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.results import RunResult

REPOSITORY = Path(__file__).parents[1]


def commit(repository: Path = REPOSITORY) -> str:
    """The commit that the source is at; "" where that is not known.

    It ends in "+" where files that git knows have been edited since.
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


def write(directory: Path, run: str, result: RunResult) -> Path:
    """Writes the record of a run, which appears complete or not at all.

    Args:
      directory: of all records; it is made.
      run: the name of the run, which is its log's.
      result: what it came to.

    Returns:
      The record: the fields of `result`, with `run` and `commit`.
    """
    directory.mkdir(exist_ok=True)
    values = {"run": run, "commit": commit()} | json.loads(result.to_json())
    descriptor, staging = tempfile.mkstemp(prefix=".", dir=directory)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps(values, indent=2) + "\n")
    Path(staging).chmod(0o644)  # mkstemp's is private
    return Path(staging).replace(directory / f"{run}.json")
