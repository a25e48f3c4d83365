"""The command of every Kubeflow step: an adapter of TFX's executor runner.

TFX's own entrypoint targets Vertex AI. It cannot read the URIs and types that
open-source Kubeflow Pipelines gives artifacts, so `translate.Step` translates
them; and it knows no parameters of a run, which `rebuild` turns into execution
properties.

On failure the last line says why, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import modules  # noqa: F401  # Sets Keras up, which TFX's executors import.

FAILED = 1


def run(arguments: Sequence[str], root: Path = Path("/")) -> None:
    """Runs one step.

    Args:
      arguments: what TFX's compiler writes: `--executor_class_path`, the two
        JSON documents of `Step`, and arguments for Beam; and what `compile`
        adds: `--node` and, as JSON, what it was compiled for.
      root: the directory that the mounts are in; only tests have another.

    Raises:
      Exception: whatever the executor raises.
    """
    from tfx.orchestration.kubeflow.v2.container import (
        kubeflow_v2_run_executor as tfx_runner,
    )

    from kubeflow.step import rebuild
    from kubeflow.step.translate import Step

    options, beam_arguments = _parser().parse_known_args(arguments)
    step = Step(
        options.json_serialized_invocation_args,
        options.json_serialized_inputs_spec_args,
        root,
    )
    step.prepare()
    properties = rebuild.execution_properties(
        options.node,
        compiled=json.loads(options.compiled),
        given=step.take_parameters(rebuild.PREFIX),
    )
    if properties:
        step.replace_properties(properties)
    options.json_serialized_invocation_args = step.invocation()
    tfx_runner.main((options, beam_arguments))
    step.finish()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--node", required=True)
    parser.add_argument("--compiled", required=True)
    parser.add_argument("--executor_class_path", required=True)
    parser.add_argument("--json_serialized_invocation_args", required=True)
    parser.add_argument("--json_serialized_inputs_spec_args", required=True)
    return parser


def main() -> None:
    """Runs the step of the command line; does not return on failure."""
    try:
        run(sys.argv[1:])
    except BaseException as error:
        _fail(error)


def _fail(error: BaseException) -> None:
    """Prints the reason and exits at once, so that it is the last line.

    An executor that calls `sys.exit(0)` has failed too: it has not returned.
    """
    from pipeline.console import text

    traceback.print_exception(error)
    print(f"error: {text.reason(error)}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(FAILED)


if __name__ == "__main__":
    main()
