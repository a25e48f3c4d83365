"""Our Beam components beside TFX's stock ones, on the same data in one run.

    .venv/bin/python -m benchmarks.data_plane --data PATH [--times 1 4 10]

Runs this pipeline with a few steps of training, then `stock_pipeline` on what
it wrote, both in this process by the same runner with the same Beam arguments,
and prints a Markdown table of the components' seconds. A run of both on the
built-in sample comes first, so that none pays for imports. `--times` repeats
that with the data several times over, which are PNG files then: ImageExampleGen
decodes them, and its stock counterpart imports what comes of it. Run it on a
machine that does nothing else.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.data_plane import more_rows
from benchmarks.data_plane.runs import Seconds, prepare, run_ours, run_stock
from modules.common.errors import UserError
from pipeline.data import source as data_source

STOCK_OF = {
    "ImageExampleGen": "ImportExampleGen",
    "StatisticsGen": "StatisticsGen",
    "Transform": "Transform",
    "ClassifierEvaluator": "Evaluator",
}
"""The component that each of ours is compared with."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, and prints the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.data_plane",
        description=__doc__.partition("\n")[0],
    )
    parser.add_argument("--data", required=True, metavar="PATH")
    parser.add_argument("--preset", default="cpu")
    parser.add_argument(
        "--times",
        type=int,
        nargs="+",
        default=[1],
        choices=range(1, more_rows.MAX_TIMES + 1),
        metavar="N",
        help="how many times over the data are measured; default: once",
    )
    parser.add_argument(
        "--scratch",
        metavar="DIR",
        help="with space for the data, three times; default: the system's",
    )
    chosen = parser.parse_args(arguments)
    try:
        with scratch(chosen.scratch) as root:
            compare("sample", "smoke", root)
        for times in chosen.times:
            with scratch(chosen.scratch) as root:
                seconds = compare(chosen.data, chosen.preset, root, times)
            print(f"\n{times} x the data\n\n{table(*seconds)}", flush=True)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def scratch(directory: str | None) -> Iterator[Path]:
    """A directory for a measurement, removed after it."""
    with tempfile.TemporaryDirectory(dir=directory) as path:
        yield Path(path)


def compare(
    data: str, preset: str, root: Path, times: int = 1
) -> tuple[Seconds, Seconds]:
    """Seconds by component, ours and the stock ones, for `times` the data."""
    config, source = prepare(data, preset, root / "cache")
    if times > 1:
        rows = root / "rows"
        more_rows.write(source, config.dataset.spec, times, rows)
        source = data_source.resolve(
            str(rows), cache=root / "cache", dataset=config.dataset
        )
    ours, outputs = run_ours(config, source, root / "ours")
    return ours, run_stock(outputs, config, root / "stock")


def table(ours: Seconds, stock: Seconds) -> str:
    """The seconds side by side, and their ratio, as Markdown."""
    lines = ["| component | stock, s | ours, s | ratio |", "|---|---|---|---|"]
    for own, other in STOCK_OF.items():
        a, b = ours[own], stock[other]
        lines.append(f"| {own} | {b:.1f} | {a:.1f} | {a / b:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
