"""How many images a second this machine trains on, by step of the ladder.

    .venv/bin/python -m benchmarks.throughput --systems today,wide,longer

Trains each system of the study `ladder` for a few steps on random images, by
the Trainer's own `train`, and prints a Markdown table: what its classifier's
schedule takes on the sampled images of CIFAR-10. The machine should be idle.
`--precision float32` is for a processor without instructions for bfloat16.
"""

from __future__ import annotations

import argparse
import dataclasses
import logging
import sys
import time
from collections.abc import Sequence
from typing import get_args

from ablation.studies import catalogue
from ablation.systems import System
from modules.common import progress
from modules.common.errors import UserError
from modules.hparams import Precision

SAMPLED = 42_500
"""Training images of CIFAR-10 under its class caps."""


class Rate(logging.Handler):
    """The classifier's rate, from the Trainer's own reports of its progress.

    The first report is of the first step, which waits for the compiler: the
    rate is of the steps after it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reports: list[tuple[float, int]] = []

    def emit(self, record: logging.LogRecord) -> None:
        report = getattr(record, "progress", None)
        if (
            isinstance(report, progress.Progress)
            and report.stage == "classifier"
        ):
            self._reports.append((time.perf_counter(), report.done))

    @property
    def images_per_second(self) -> float:
        """Zero if there was one step alone."""
        (start, first), (end, last) = self._reports[0], self._reports[-1]
        return (last - first) / (end - start) if end > start else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains and prints a line for each system; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.throughput",
        description=__doc__.partition("\n")[0],
    )
    add = parser.add_argument
    add("--systems", metavar="NAME,...", help="all by default")
    add("--steps", type=int, default=40, metavar="N", help="after the first")
    add("--precision", choices=get_args(Precision), help="of all systems")
    chosen = parser.parse_args(arguments)
    try:
        systems = catalogue.chosen(catalogue.STUDIES["ladder"], chosen.systems)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("| step | images/s | epochs | minutes |")
    print("|---|---|---|---|", flush=True)
    for system in systems:
        params = system.classifier
        assert params is not None
        if chosen.precision is not None:
            params = dataclasses.replace(params, precision=chosen.precision)
        rate = images_per_second(
            dataclasses.replace(system, classifier=params), chosen.steps
        )
        epochs = params.epochs
        minutes = SAMPLED * epochs / rate / 60
        print(
            f"| {system.title} (`{system.name}`) | {rate:,.0f} | {epochs:g} | "
            f"{minutes:.1f} |",
            flush=True,
        )
    return 0


def images_per_second(system: System, steps: int) -> float:
    """The rate of a system's classifier over `steps` steps."""
    import keras
    import numpy as np

    from ablation import experiment
    from modules.classifier import fitting

    params, classes = system.classifier, 10
    assert params is not None
    rng = np.random.default_rng(0)
    count = params.batch_size * (steps + 1)
    keras.utils.clear_session()
    rate = Rate()
    progress.LOGGER.addHandler(rate)
    progress.LOGGER.setLevel(logging.INFO)
    try:
        fitting.train(
            rng.integers(0, 256, (count, 32, 32, 3), np.uint8),
            rng.permutation(np.arange(count) % classes),
            experiment.untrained(system, 32).encoder,
            dataclasses.replace(params, epochs=1),
            num_classes=classes,
            seed=0,
            model_run_dir=None,
        )
    finally:
        progress.LOGGER.removeHandler(rate)
    return rate.images_per_second


if __name__ == "__main__":
    sys.exit(main())
