"""What is kept of a run: `<root>/logs/<run>.json`, beside its log.

A pushed model cannot say how well it did, since its digest, and so its cache
entry, come before its evaluation. So the run says it.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.run_report.results import RunResult
    from pipeline.console.summary import Cost

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


def write(path: Path, result: RunResult, cost: Cost) -> None:
    """Writes the record of a run, which appears complete or not at all.

    Args:
      path: the record, which is named for the run.
      result: what it came to. Its fields are the record's, with those of
        `cost`, `run` and `commit`.
      cost: what the run took.
    """
    values = {"run": path.stem, "commit": commit()} | dataclasses.asdict(cost)
    staging = path.with_name(f".{path.name}")
    staging.write_text(
        json.dumps(values | json.loads(result.to_json()), indent=2) + "\n"
    )
    staging.replace(path)
