"""The Beam components on Flink beside the local runner, on the same data.

    .venv/bin/python -m benchmarks.flink --data PATH [--task-managers 1 2]

Runs this pipeline with a few steps of training, first by the local runner, then
on a Flink session cluster of each number of TaskManagers, started here as
`make flink-test` does. Each has one slot, and the Python code runs in a process
for each: no more than that many run at a time. Prints a Markdown table of the
components' seconds. A run on the built-in sample, and a job on each cluster,
come first, so that none pays for imports or for Java's class loading; workers
import TensorFlow for each job, as on any cluster, which is measured. Run it on
a machine that does nothing else, with a processor for each TaskManager.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.data_plane import runs
from benchmarks.data_plane.__main__ import STOCK_OF
from benchmarks.data_plane.runs import Seconds
from modules.common.errors import UserError
from pipeline import beam
from tests.support.flink import jars
from tests.support.flink.cluster import (
    Cluster,
    answers,
    free_ports,
    wait_until,
)

COMPONENTS = tuple(STOCK_OF)
LOCAL = "local"
_EXPECTED = "FlinkExpectedException"
"""Of slots that were given back, say, which is no failure."""
_REPOSITORY = Path(__file__).parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, and prints the table; returns the exit code."""
    chosen = parser().parse_args(arguments)
    try:
        jars.fetch()
        with tempfile.TemporaryDirectory() as scratch:
            measured = measure(
                chosen.data, chosen.preset, chosen.task_managers, Path(scratch)
            )
    except jars.Unavailable as missing:
        print(
            f"error: Flink cannot be installed here: {missing}; expected Java "
            "11 or 17 and Maven. Install them and run again.",
            file=sys.stderr,
        )
        return 1
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(table(measured))
    return 0


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.flink",
        description=__doc__.partition("\n")[0],
    )
    made.add_argument("--data", required=True, metavar="PATH")
    made.add_argument("--preset", default="cpu")
    made.add_argument(
        "--task-managers",
        nargs="+",
        type=_positive,
        default=[1, 2],
        metavar="N",
        help="of each cluster to measure (default: 1 2)",
    )
    return made


def _positive(text: str) -> int:
    if (count := int(text)) < 1:
        raise ValueError
    return count


def measure(
    data: str, preset: str, counts: Sequence[int], scratch: Path
) -> dict[str, Seconds]:
    """The seconds of each component, by engine.

    Raises:
      UserError: if the data cannot be used.
    """
    config, source = runs.prepare(data, preset, scratch / "cache")
    warming = runs.prepare("sample", "smoke", scratch / "cache")
    runs.run_ours(*warming, scratch / "warming")
    found, _ = runs.run_ours(config, source, scratch / LOCAL)
    seconds = {LOCAL: found}
    _say_what_is_measured(seconds)
    for count in counts:
        name = _name(count)
        with _started(scratch / f"flink-{count}", count) as (cluster, engine):
            _warm_up(engine)
            seconds[name], _ = runs.run_ours(
                config, source, scratch / f"run-{count}", engine
            )
            _say_what_is_measured(seconds)
            if again := disturbances(cluster):
                print(
                    f"warning: {name}: jobs that began again after a failure: "
                    f"{again}. Measure on a machine that does nothing else.",
                    file=sys.stderr,
                )
    return seconds


def _say_what_is_measured(seconds: Mapping[str, Seconds]) -> None:
    """Shows the table so far: the next engine takes minutes, or fails."""
    print(table(seconds), file=sys.stderr, flush=True)


def disturbances(cluster: Cluster) -> int:
    """How many jobs began again after a failure."""
    return sum(
        any(_EXPECTED not in each["exceptionName"] for each in found)
        for found in map(cluster.failures, cluster.jobs())
    )


def _name(task_managers: int) -> str:
    return f"{task_managers} TaskManager{'s' if task_managers > 1 else ''}"


@contextlib.contextmanager
def _started(
    directory: Path, task_managers: int
) -> Iterator[tuple[Cluster, beam.Profile]]:
    """A Flink cluster with its Python workers, while the block runs."""
    directory.mkdir()
    with (
        _worker_pool(directory) as workers,
        Cluster(directory, task_managers, slots=1) as cluster,
    ):
        yield (
            cluster,
            beam.Profile(
                runner="flink",
                endpoint=cluster.endpoint,
                environment=workers,
                parallelism=task_managers,
            ),
        )


@contextlib.contextmanager
def _worker_pool(directory: Path) -> Iterator[str]:
    """A worker pool, which starts a process for each TaskManager."""
    (port,) = free_ports(1)
    main = "pipeline.runner.worker_pool"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with (directory / "workers.log").open("wb") as log:
        pool = subprocess.Popen(
            [sys.executable, "-m", main, f"--service_port={port}"],
            cwd=_REPOSITORY,
            env=os.environ | {"PATH": path},  # It starts `python`.
            stdout=log,
            stderr=log,
            start_new_session=True,  # Its processes end with it.
        )
    try:
        wait_until(lambda: answers(port), "Beam's worker pool did not start")
        yield f"localhost:{port}"
    finally:
        os.killpg(pool.pid, signal.SIGKILL)
        pool.wait()


def _warm_up(engine: beam.Profile) -> None:
    """A small job, which loads the cluster's Java classes."""
    import apache_beam
    from apache_beam.options.pipeline_options import PipelineOptions

    options = PipelineOptions(list(engine.arguments()))
    with apache_beam.Pipeline(options=options) as pipeline:
        numbers = pipeline | apache_beam.Create(range(10))
        pairs = numbers | apache_beam.Map(lambda number: (number % 2, number))
        _ = pairs | apache_beam.GroupByKey()


def table(seconds: Mapping[str, Seconds]) -> str:
    """The seconds by engine, and their ratio to the local ones, as Markdown.

    Args:
      seconds: by engine, the local one first, and by component.
    """
    local, *others = seconds
    heads = [f"{name}, s | ratio" for name in others]
    lines = [
        f"| {' | '.join(['component', f'{local}, s', *heads])} |",
        "|---" * (2 + 2 * len(others)) + "|",
    ]
    rows = {
        name: [seconds[engine][name] for engine in seconds]
        for name in COMPONENTS
    }
    rows["all four"] = [sum(each) for each in zip(*rows.values(), strict=True)]
    for name, (base, *rest) in rows.items():
        cells = [f"{found:.1f} | {found / base:.2f}" for found in rest]
        lines.append(f"| {' | '.join([name, f'{base:.1f}', *cells])} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
