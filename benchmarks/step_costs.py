"""The memory, CPU time and wall time of each step on Kubeflow.

    .venv/bin/python -m benchmarks.step_costs --data PATH --preset smoke

Compiles the pipeline and runs the file without a cluster, each step in a
process of its own that starts as a pod's container does, and prints a Markdown
table. Memory is the most that the step's process held at once; Beam runs in
threads of it. `--set autoencoder.epochs=1 --set classifier.epochs=1` shortens
the training, and with it the time of the Trainers, not their memory.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kubeflow.compiler import compile as compiler
from kubeflow.compiler.prepare import prepare
from kubeflow.image.name import default_image
from modules.common.errors import UserError
from pipeline import overrides, presets
from pipeline.request import Request
from tests.support.kubeflow import orchestrator


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cost:
    """The resources that one step used.

    Attributes:
      step: its name.
      peak_bytes: of memory, at once.
      cpu_seconds: of user and system time, on all cores.
      seconds: of wall time.
    """

    step: str
    peak_bytes: int
    cpu_seconds: float
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the pipeline and prints the table; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.step_costs",
        description=__doc__.partition("\n")[0],
    )
    parser.add_argument("--data", default="sample", metavar="PATH")
    parser.add_argument("--preset", choices=presets.PRESETS, default="smoke")
    parser.add_argument("--set", action="append", metavar="NAME=VALUE")
    chosen = parser.parse_args(arguments)
    try:
        values = overrides.parse(chosen.set or (), presets.PRESETS["cpu"]())
        costs = measure(chosen.data, chosen.preset, values)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(table(costs))
    return 0


def measure(data: str, preset: str, values: Mapping[str, Any]) -> list[Cost]:
    """Runs the compiled pipeline; the costs of its steps, in their order.

    Args:
      data: where the images are, as `cifar10 run --data` takes it.
      preset: its name.
      values: over the preset's, by path.

    Raises:
      UserError: if the data cannot be used.
      RuntimeError: if a step fails.
    """
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory(prefix="step-costs-") as directory:
        root = Path(directory)
        request = Request(
            data=data,
            root=root,
            cache=root / "cache",
            preset=preset,
            overrides=values,
        )
        parameters, source = prepare(request, None, root / "serving")
        documents = compiler.compile_pipeline(
            parameters, source=source, image=default_image()
        )
        file = root / "cifar10.yaml"
        compiler.write(documents, file)

        def note(step: str, seconds: float, usage: orchestrator.Usage) -> None:
            costs.append(
                Cost(
                    step=step,
                    peak_bytes=usage.ru_maxrss * 1024,
                    cpu_seconds=usage.ru_utime + usage.ru_stime,
                    seconds=seconds,
                )
            )

        orchestrator.run(file, {}, root / "cluster", note)
    return costs


def table(costs: Sequence[Cost]) -> str:
    """The costs as a Markdown table."""
    lines = ["| step | memory, GB | CPU, s | wall, s |", "|---|---|---|---|"]
    lines += [
        f"| {cost.step} | {cost.peak_bytes / 1e9:.2f} | "
        f"{cost.cpu_seconds:.0f} | {cost.seconds:.0f} |"
        for cost in costs
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
