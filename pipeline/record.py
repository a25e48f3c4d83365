"""The record of a run: `<root>/logs/<run>.json`, beside its log.

It has what a pushed model cannot: the model is written, and its digest fixed,
before it is evaluated.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.run_report.results import RunResult
    from pipeline.configs import RunConfig
    from pipeline.cost import RunCost

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


def write(
    path: Path, config: RunConfig, result: RunResult, cost: RunCost
) -> None:
    """Writes the record of a run, which appears complete or not at all.

    Args:
      path: the record, which is named for the run.
      config: what was run; the record has its preset, seed and overrides.
      result: what it came to; the record has its fields.
      cost: what it took; the record has its fields.
    """
    values = {
        "run": path.stem,
        "commit": commit(),
        "preset": config.preset,
        "overrides": dict(config.overrides),
        "seed": config.seed,
        **dataclasses.asdict(cost),
        **json.loads(result.to_json()),
    }
    staging = path.with_name(f".{path.name}")
    staging.write_text(json.dumps(values, indent=2) + "\n")
    staging.replace(path)
