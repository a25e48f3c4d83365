"""Runs a compiled file: the KFP SDK's orchestrator, with processes for pods.

The walk over the DAG, the ExecutorInput and the handling of outputs are the
SDK's own. Its containers, which would be Docker's, are processes of this
Python, run as a cluster's launcher would run them: see `pod`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import docker
from kfp import components, local
from kfp.local import docker_task_handler

from kubeflow.compiler.compile import COMMAND
from kubeflow.compiler.resources import RETRY_POLICY
from tests.support.kubeflow.pod import LOGS, Pods

STEP = """
import pathlib, sys
from kubeflow.step import entrypoint
entrypoint.run(sys.argv[2:], pathlib.Path(sys.argv[1]))
"""

Usage = resource.struct_rusage
Note = Callable[[str, float, Usage], None]
"""Is told a step's name, and the seconds and resources of its process."""


class NoDocker:
    """What the SDK asks of a Docker client, where there is none."""

    def info(self) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        pass


def run(
    file: Path,
    parameters: Mapping[str, Any],
    root: Path,
    note: Note | None = None,
) -> Path:
    """Runs the pipeline; the directory of the run in the object store.

    Args:
      file: what was compiled.
      parameters: of the run.
      root: an empty directory for the object store and the pods.
      note: is told what each step has used.
    """
    pods = Pods(root, root / "pods", RETRY_POLICY)
    bucket = root / "minio" / "bucket"
    with (
        mock.patch.object(docker, "from_env", NoDocker),
        mock.patch.object(
            docker_task_handler,
            "run_docker_container",
            _containers(pods, root, note or (lambda *_: None)),
        ),
    ):
        local.init(runner=local.DockerRunner(), pipeline_root=str(bucket))
        components.load_component_from_file(str(file))(**parameters)
    (directory,) = bucket.iterdir()
    return directory


def _containers(pods: Pods, root: Path, note: Note) -> Callable[..., int]:
    """The stand-in for Docker."""

    def run_container(client: Any, image: str, command: Any, **_: Any) -> int:
        assert command[: len(COMMAND)] == list(COMMAND)
        arguments = list(command[len(COMMAND) :])
        node = arguments[arguments.index("--node") + 1]
        at = arguments.index("--json_serialized_invocation_args") + 1

        def start(executor_input: Any, pod: Path, log: Any) -> int:
            arguments[at] = json.dumps(executor_input)
            started = time.monotonic()
            code, usage = _process([str(pod), *arguments], log)
            note(node, time.monotonic() - started, usage)
            return code

        executor_input = as_driver(json.loads(arguments[at]), root)
        return pods.run(node, executor_input, start)

    return run_container


def _process(arguments: list[str], log: Any) -> tuple[int, Usage]:
    """One container: its exit code and what it used."""
    process = subprocess.Popen(
        [sys.executable, "-c", STEP, *arguments],
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage


def as_driver(executor_input: dict[str, Any], root: Path) -> dict[str, Any]:
    """The ExecutorInput of the SDK's orchestrator, as KFP's driver has it.

    The SDK's URIs are paths below `root/minio`; the driver's are the object
    store's. Inputs come without a type, and with more metadata than was
    written (backend/src/v2/metadata/client.go, `toRuntimeArtifact`).
    """
    inputs, outputs = (
        executor_input.get("inputs", {}),
        executor_input["outputs"],
    )
    for group in inputs, outputs:
        for artifacts in group.get("artifacts", {}).values():
            for artifact in artifacts["artifacts"]:
                artifact["uri"] = _uri(artifact["uri"], root)
    for artifacts in inputs.get("artifacts", {}).values():
        for artifact in artifacts["artifacts"]:
            artifact.pop("type", None)
            extra = {"display_name": "added by Kubeflow"}
            artifact["metadata"] = artifact.get("metadata", {}) | extra
    outputs["outputFile"] = _uri(outputs["outputFile"], root)
    folder = outputs["outputFile"].rpartition("/")[0]
    logs: Any = {"name": LOGS, "uri": f"{folder}/{LOGS}"}
    logs["type"] = {"schemaTitle": "system.Artifact"}
    outputs.setdefault("artifacts", {})[LOGS] = {"artifacts": [logs]}
    return executor_input


def _uri(text: str, root: Path) -> str:
    path = text.removeprefix(f"{root}/minio/")
    return text if path == text else f"minio://{path}"
