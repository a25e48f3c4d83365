"""Measures the preset `gpu`, or another, on this machine's accelerator.

    .venv/bin/python -m benchmarks.gpu --data PATH --seeds 3

Trains with TensorFlow if that sees a GPU, or else on Keras's JAX backend if the
extra `jax` is installed and sees an accelerator. Either way as the ablation
does: by the Trainers' own `train`, on the images that a run of the pipeline
with the seed samples. Prints a Markdown table and the preset's figures for
README. `--split holdout` is for choosing something; `--allow-cpu --epochs 1`
tries all of it elsewhere.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.gpu import devices
from modules.common.errors import UserError
from pipeline import presets

# `modules` would choose TensorFlow, but for a Keras that is imported already.
PROGRAM = """
import json, sys, keras
from benchmarks.gpu import training
sys.exit(training.measure(**json.loads(sys.argv[1])))
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures in a process of the backend's own; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu",
        description=__doc__.partition("\n")[0],
    )
    add = parser.add_argument
    add("--data", required=True, metavar="PATH", help="or 'sample'")
    add("--preset", choices=presets.PRESETS, default="gpu")
    add("--seeds", type=int, default=1, metavar="N", help="0 to N-1")
    add("--split", choices=("test", "holdout"), default="test")
    add(
        "--backend",
        choices=devices.PROBES,
        help="by default, the first of them that has an accelerator",
    )
    add("--allow-cpu", action="store_true", help="where there is none")
    add("--epochs", type=float, metavar="N", help="the most of each model")
    add("--set", action="append", metavar="NAME=VALUE", default=[])
    chosen = parser.parse_args(arguments)
    backends = [chosen.backend] if chosen.backend else list(devices.PROBES)
    try:
        backend, device = devices.choose(
            {name: devices.accelerators(name) for name in backends},
            allow_cpu=chosen.allow_cpu,
        )
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    asked = {
        "backend": backend,
        "device": device,
        "path": chosen.data,
        "preset": chosen.preset,
        "split": chosen.split,
        "seeds": chosen.seeds,
        "epochs": chosen.epochs,
        "changes": chosen.set,
    }
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(asked)],
        env={**os.environ, "KERAS_BACKEND": backend},
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
