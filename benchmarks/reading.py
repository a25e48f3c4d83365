"""The Trainers' reading at 1, 4 and 10 times the rows: seconds and memory.

    .venv/bin/python -m benchmarks.reading

Writes transformed examples of which the same 42,500 are sampled, however many
rows there are, and reads each set in a process of its own, as a Trainer does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import modules  # noqa: F401  # Sets Keras up.

T = TypeVar("T")

FACTORS = (1, 4, 10)
ROWS, SAMPLED, SHARD = 50_000, 42_500, 5_000
SIZE = 32


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints a Markdown table; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reading",
        description=__doc__.partition("\n")[0],
    )
    parser.parse_args(arguments)
    print("| rows | seconds | peak memory, GB |\n|---|---|---|")
    for factor in FACTORS:
        with tempfile.TemporaryDirectory() as directory:
            in_process(write, directory, factor)
            seconds, peak = in_process(read, directory)
        print(f"| {factor * ROWS:,} | {seconds:.1f} | {peak / 1e9:.2f} |")
    return 0


def in_process(function: Callable[..., T], *arguments: Any) -> T:
    """What `function` returns, called in a new process."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(function, arguments)


def write(directory: str, factor: int) -> None:
    """Writes `factor` times the rows, the sampled ones among the first."""
    import numpy as np
    import tensorflow as tf

    from modules.features import HOLDOUT, LABEL, PIXELS
    from modules.features import SAMPLED as MARK

    random = np.random.default_rng(0)
    options = tf.io.TFRecordOptions("GZIP", compression_level=0)

    def integer(value: int) -> tf.train.Feature:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    for first in range(0, factor * ROWS, SHARD):
        file = Path(directory, f"transformed_examples-{first:09d}.gz")
        pixels = random.integers(0, 256, (SHARD, SIZE * SIZE * 3), np.uint8)
        with tf.io.TFRecordWriter(str(file), options) as writer:
            for number, row in enumerate(pixels, first):
                features = {
                    PIXELS: tf.train.Feature(
                        bytes_list=tf.train.BytesList(value=[row.tobytes()])
                    ),
                    LABEL: integer(number % 10),
                    MARK: integer(int(number < SAMPLED)),
                    HOLDOUT: integer(0),
                }
                example = tf.train.Example(
                    features=tf.train.Features(feature=features)
                )
                writer.write(example.SerializeToString())


def read(directory: str) -> tuple[float, int]:
    """The seconds of reading, and the process's peak memory in bytes."""
    from modules.examples import load_split

    start = time.monotonic()
    images = load_split([f"{directory}/*"], SIZE, sampled_only=True)
    seconds = time.monotonic() - start
    if len(images) != SAMPLED:
        raise AssertionError(f"read {len(images)} rows, expected {SAMPLED}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024
    return seconds, peak


if __name__ == "__main__":
    sys.exit(main())
