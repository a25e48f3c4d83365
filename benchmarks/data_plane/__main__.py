"""Our Beam components beside TFX's stock ones, on the same data in one run.

    .venv/bin/python -m benchmarks.data_plane --data PATH [--times 1 4 10]

Runs this pipeline with a few steps of training, then `stock_pipeline` on what
it wrote, by the same runner with the same Beam arguments, and prints a Markdown
table of the components' seconds and memory. Each is a process of its own, which
runs on the built-in sample first, so that none pays for imports. If a stock
component runs out of memory, the table says so, and the others are measured
without it. `--times` repeats that with CIFAR-10 several times over.
ImageExampleGen reads the data set's own files and encodes the images; its stock
counterpart imports what comes of that. Run it on a machine that does nothing
else.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.data_plane import apart, more_rows, runs
from benchmarks.data_plane.apart import Measured
from modules.common.errors import UserError
from pipeline.data import source as data_source

STOCK_OF = {
    "ImageExampleGen": "ImportExampleGen",
    "StatisticsGen": "StatisticsGen",
    "Transform": "Transform",
    "ClassifierEvaluator": "Evaluator",
}
"""The component that each of ours is compared with."""

LEAVES = ("StatisticsGen", "Transform", "Evaluator")
"""The stock components that no other one needs."""


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
    parser.add_argument(
        "--without",
        nargs="+",
        default=[],
        choices=LEAVES,
        help="stock components to leave out, known not to come to an end",
    )
    chosen = parser.parse_args(arguments)
    try:
        for times in chosen.times:
            with scratch(chosen.scratch) as root:
                found = compare(
                    chosen.data, chosen.preset, root, times, chosen.without
                )
            print(f"\n{times} x the data\n\n{table(*found)}", flush=True)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def scratch(directory: str | None) -> Iterator[Path]:
    """A directory for a measurement, removed after it.

    Args:
      directory: where it is made, which is made if need be and stays; None: the
        system's.

    Raises:
      UserError: if `directory` cannot be made.
    """
    try:
        if directory is not None:
            Path(directory).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"--scratch {directory} cannot be made ({error.strerror}): give"
            " another directory"
        ) from error
    with tempfile.TemporaryDirectory(dir=directory) as path:
        yield Path(path)


def compare(
    data: str,
    preset: str,
    root: Path,
    times: int = 1,
    without: Sequence[str] = (),
) -> tuple[Measured, Measured]:
    """What ours and the stock ones take for `times` the data.

    Args:
      data: as for `cifar10 run`.
      preset: of the run.
      root: for what is written.
      times: how many times over the data are taken.
      without: stock components to leave out.
    """
    cache = root / "cache"
    config, source = runs.prepare(data, preset, cache)
    if times > 1:
        rows = root / "rows"
        more_rows.write(source, config.dataset.spec, times, rows)
        source = data_source.resolve(
            str(rows), cache=cache, dataset=config.dataset
        )
    chosen = [runs.prepare("sample", "smoke", cache), (config, source)]
    ours = apart.run(runs.ours_in_turn, chosen, root / "ours")
    if ours.stalled:
        raise UserError(
            f"{ours.ended_in} did nothing for minutes and was ended; run again."
        )
    if ours.ended_in:
        raise UserError(
            f"{ours.ended_in} needs more memory than there is; expected a "
            "machine on which this pipeline runs: take fewer --times."
        )
    return ours, stock(chosen, ours.value, root / "stock", without)


def stock(
    chosen: Sequence[runs.Run],
    wrote: Sequence[object],
    root: Path,
    without: Sequence[str] = (),
) -> Measured:
    """What the stock components take, without those that do not end."""
    found = Measured()
    without = list(without)
    while True:
        more = apart.run(runs.stock_in_turn, chosen, wrote, root, without)
        found.seconds |= more.seconds
        found.peaks |= more.peaks
        found.stalled |= more.stalled
        if more.ended_in not in LEAVES:
            return found
        without.append(more.ended_in)


def table(ours: Measured, theirs: Measured) -> str:
    """The seconds side by side with their ratio, and the memory: Markdown.

    A component with a peak but without seconds has run out of memory, or
    stalled.
    """
    lines = [
        "| component | stock, s | ours, s | ratio | stock, GB | ours, GB |",
        "|---" * 6 + "|",
    ]
    for own, other in STOCK_OF.items():
        seconds, memory = ours.seconds[own], ours.peaks[own]
        before, took = theirs.peaks.get(other), theirs.seconds.get(other)
        missing = "stalled" if other in theirs.stalled else "out of memory"
        cells = [
            own,
            "not run" if before is None else missing,
            f"{seconds:.1f}",
            "-",
            "-" if before is None else f"> {before / 1e9:.1f}",
            f"{memory / 1e9:.1f}",
        ]
        if took is not None and before is not None:
            cells[1] = f"{took:.1f}"
            cells[3] = f"{seconds / took:.2f}"
            cells[4] = f"{before / 1e9:.1f}"
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
