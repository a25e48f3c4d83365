"""Runs the whole pipeline with several seeds; prints means and deviations.

    .venv/bin/python -m benchmarks.seeds --data PATH --root runs/seeds

Each seed is a `cifar10 run` with a root of its own, ROOT/SEED, one after the
other; one that has finished there is not run again. Prints a Markdown table of
what each run's record says, and of the means and sample standard deviations.
Run it on a machine that does nothing else: it states wall times.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modules.common.durations import duration
from modules.common.errors import UserError

Record = Mapping[str, Any]

# Title, value of a record, and how it is written.
COLUMNS: tuple[tuple[str, Callable[[Record], float], str], ...] = (
    ("accuracy", lambda record: record["accuracy"], ".4f"),
    ("capped recall", lambda record: record["capped_recall"], ".4f"),
    ("other recall", lambda record: record["uncapped_recall"], ".4f"),
    ("ECE", lambda record: record["ece"], ".4f"),
    ("PSNR, dB", lambda record: record["psnr"], ".2f"),
    ("SSIM", lambda record: record["ssim"], ".4f"),
    ("SSIM (range 2)", lambda record: record["ssim_range_2"], ".4f"),
    ("minutes", lambda record: record["seconds"] / 60, ".1f"),
    ("GB", lambda record: record["peak_bytes"] / 1e9, ".1f"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what is missing and prints the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.seeds",
        description=__doc__.partition("\n")[0],
    )
    parser.add_argument("--data", required=True, metavar="PATH")
    parser.add_argument("--preset", default="cpu")
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    parser.add_argument("--root", type=Path, default=Path("runs/seeds"))
    chosen = parser.parse_args(arguments)
    try:
        records = {
            seed: finished(chosen.root / str(seed))
            or run(chosen.data, chosen.preset, seed, chosen.root / str(seed))
            for seed in range(chosen.seeds)
        }
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(table(records)))
    return 0


def finished(root: Path) -> Record | None:
    """The record of the first run under `root` that pushed a model, or None.

    A later one takes everything from its cache: its time says nothing.
    """
    for path in sorted((root / "logs").glob("*.json")):
        record: Record = json.loads(path.read_text())
        if record["pushed_to"]:
            return record
    return None


def run(data: str, preset: str, seed: int, root: Path) -> Record:
    """Runs the pipeline with `seed`.

    Raises:
      UserError: if its model was not pushed.
    """
    command = [
        str(Path(sys.executable).with_name("cifar10")),
        "run",
        *("--data", data),
        *("--preset", preset),
        *("--seed", str(seed)),
        *("--root", str(root)),
    ]
    code = subprocess.run(command, stdout=sys.stderr, check=False).returncode
    record = finished(root)
    if code or record is None:
        raise UserError(
            f"the run of seed {seed} ended with exit code {code}, expected a "
            "pushed model; see what it says above."
        )
    return record


def table(records: Mapping[int, Record]) -> list[str]:
    """Markdown: a line each seed, and their means with standard deviations."""
    lines = [
        _line("seed", *(title for title, _, _ in COLUMNS)),
        "|" + "---|" * (1 + len(COLUMNS)),
    ]
    for seed, record in records.items():
        values = (format(of(record), shape) for _, of, shape in COLUMNS)
        lines.append(_line(str(seed), *values))
    if len(records) > 1:
        means = (
            _mean([of(record) for record in records.values()], shape)
            for _, of, shape in COLUMNS
        )
        lines.append(_line("mean ± sd", *means))
    longest = max(record["seconds"] for record in records.values())
    commits = sorted({record["commit"] for record in records.values()})
    lines += ["", f"longest {duration(longest)}; {', '.join(commits)}"]
    return lines


def _mean(values: Sequence[float], shape: str) -> str:
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    return f"{mean:{shape}} ± {sd:{shape}}"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
