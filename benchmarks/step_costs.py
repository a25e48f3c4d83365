"""What each step on Kubeflow costs: memory, CPU time, wall time.

    .venv/bin/python -m benchmarks.step_costs --data PATH --preset smoke

Compiles the pipeline and runs the file without a cluster, each step in a
process of its own that starts as a pod's container does, and prints a Markdown
table. Memory is the most that the step's process held at once; Beam runs in
threads of it. `--epochs` shortens the training, which changes neither the
memory of a step nor what it costs per epoch.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from kubeflow.compiler import compile as compiler
from kubeflow.compiler.prepare import prepare
from kubeflow.image.name import default_image
from modules.common.errors import UserError
from pipeline import presets
from pipeline.configs import PresetName, RunConfig
from pipeline.run import Request
from tests.support.kubeflow import orchestrator


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cost:
    """What one step used.

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
    parser.add_argument("--epochs", type=int, metavar="N")
    chosen = parser.parse_args(arguments)
    try:
        costs = measure(chosen.data, chosen.preset, chosen.epochs)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(table(costs))
    return 0


def measure(data: str, preset: PresetName, epochs: int | None) -> list[Cost]:
    """Runs the compiled pipeline; the costs of its steps, in their order.

    Raises:
      UserError: if the data cannot be used.
      RuntimeError: if a step fails.
    """
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory(prefix="step-costs-") as directory:
        root = Path(directory)
        request = Request(
            data=data, root=root, cache=root / "cache", preset=preset
        )
        with mock.patch.dict(
            presets.PRESETS, {preset: lambda: shortened(preset, epochs)}
        ):
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


ORIGINAL = dict(presets.PRESETS)


def shortened(preset: PresetName, epochs: int | None) -> RunConfig:
    """The preset, with that many epochs for both models if it is a number."""
    config = ORIGINAL[preset]()
    if epochs is None:
        return config
    return dataclasses.replace(
        config,
        autoencoder=dataclasses.replace(config.autoencoder, epochs=epochs),
        classifier=dataclasses.replace(config.classifier, epochs=epochs),
    )


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
