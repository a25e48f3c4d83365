"""The last build step of the image: can every step's imports be resolved?

python -m kubeflow.image.check FILE

Imports the executor of each step of a compiled file, and TFX's runner, in one
process. `python -m kubeflow.image.sizes` says what takes the space.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

RUNNER = "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor.main"


def main(arguments: Sequence[str]) -> None:
    """Imports what the file's steps run.

    Raises:
      ImportError: if a module is missing.
      AttributeError: if its class is.
    """
    (file,) = arguments
    spec, *_ = yaml.safe_load_all(Path(file).read_text("utf-8"))
    for path in sorted({RUNNER, *executors(spec)}):
        module, _, name = path.rpartition(".")
        getattr(importlib.import_module(module), name)


def executors(spec: Any) -> Iterator[str]:
    """The path of each step's executor class."""
    for executor in spec["deploymentSpec"]["executors"].values():
        arguments = executor["container"]["args"]
        yield arguments[arguments.index("--executor_class_path") + 1]


if __name__ == "__main__":
    main(sys.argv[1:])
