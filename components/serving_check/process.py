"""The exported model in a fresh process, without the project's code."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from components.serving_check import probe

TIMEOUT = 600
"""Seconds for loading the model and answering all requests."""

Signatures = Mapping[str, Mapping[str, Mapping[str, Sequence[Any]]]]
"""By signature, `inputs` and `outputs` by name: [dtype, shape]."""


class ProbeFailed(RuntimeError):
    """The model could not be loaded, or its process died."""


@dataclasses.dataclass(frozen=True)
class Response:
    """The answer to one request.

    Attributes:
      outputs: the arrays by name; empty if the request was refused.
      error: the name of the class in `tf.errors`; "" if there was none.
      message: the error's.
      seconds: how long the model took.
    """

    outputs: Mapping[str, Any]
    error: str
    message: str
    seconds: float


def ask(
    saved_model: str | os.PathLike[str],
    requests: Sequence[Any],
    scratch: str | None = None,
) -> tuple[Signatures, list[Response]]:
    """Sends PredictRequests to a SavedModel in a process of its own.

    The process runs on the CPU: on a GPU, the memory is this one's.

    Args:
      saved_model: its directory.
      requests: what is sent.
      scratch: the directory for the files in between; without one, the
        system's.

    Raises:
      ProbeFailed: if there are no answers; the message says why.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        _write(f"{directory}/requests", requests)
        _run(
            [str(saved_model), f"{directory}/requests", f"{directory}/results"],
            directory,
        )
        return _read(pathlib.Path(directory, "results"))


def _write(path: str, requests: Sequence[Any]) -> None:
    with tf.io.TFRecordWriter(path) as writer:
        for request in requests:
            writer.write(request.SerializeToString())


def _run(arguments: Sequence[str], directory: str) -> None:
    try:
        result = subprocess.run(
            # -I: no PYTHONPATH, and nothing from the working directory.
            [sys.executable, "-I", str(probe.__file__), *arguments],
            cwd=directory,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        raise ProbeFailed(f"no answer within {TIMEOUT} seconds") from None
    if result.returncode:
        lines = [line for line in result.stderr.splitlines() if line.strip()]
        why = lines[-1].strip() if lines else "it said nothing"
        raise ProbeFailed(f"exit code {result.returncode}: {why}")


def _read(results: pathlib.Path) -> tuple[Signatures, list[Response]]:
    told = json.loads(results.with_suffix(".json").read_text())
    with np.load(results.with_suffix(".npz")) as file:
        arrays = dict(file)
    outputs: list[dict[str, Any]] = [{} for _ in told["answers"]]
    for key, array in arrays.items():
        index, _, name = key.partition(".")
        outputs[int(index)][name] = array
    answers = [
        Response(outputs=arrays, **answer)
        for arrays, answer in zip(outputs, told["answers"], strict=True)
    ]
    return told["signatures"], answers
