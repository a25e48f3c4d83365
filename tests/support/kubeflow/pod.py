"""A double of what runs a step on a cluster: Argo's retries, KFP's launcher.

Read in kubeflow/pipelines 2.17.0 (below backend/src/v2 unless it says
otherwise) and argo-workflows 4.0.5. What is not modelled: MLMD, custom
certificates, workspaces, OCI artifacts, output parameters; no step has any.

| behaviour | read in |
|---|---|
| A pod has `/gcs`, `/s3`, `/minio`, `/.local`, `/.cache` and `/.config` as empty directories, new for each attempt | compiler/argocompiler/container.go, `addContainerExecutorTemplate` |
| Inputs are downloaded, only those declared | component/launcher_v2.go, `downloadArtifacts` |
| Parents of the outputs are made, not the outputs | the same, `prepareOutputFolders` |
| Missing parameters take the component's defaults | the same, `addDefaultParams` |
| An output `executor-logs` of type `system.Artifact`, if the API server has `PUBLISH_LOGS` set, as its manifest does | driver/driver.go; manifests/…/ml-pipeline-apiserver-deployment.yaml |
| Its URI ends in the attempt's index, from 2.16.1 on | component/launcher_v2.go, `qualifyExecutorLogsForRetry` |
| Both streams go to it and to the pod's own log | the same, `getLogWriter`, `execute` |
| The launcher exits with 1, whatever the step's exit code | cmd/launcher-v2/main.go |
| Outputs are uploaded if the step succeeded, else only `executor-logs` | component/launcher_v2.go, `uploadOutputArtifacts` |
| A URI in the step's output takes the place of the driver's, and names what is uploaded | the same, `mergeRuntimeArtifacts` |
| A missing output is left out; a missing output file is an empty one; an unknown field in it is an error | the same, `uploadOutputArtifacts`, `getExecutorOutputFile` |
| Object stores have no empty directories | objectstore/object_store.go, `UploadBlob` |
| A second attempt has the driver's very ExecutorInput | argo: the driver is another node |
| Whether there is one | argo: workflow/controller/operator.go, `processNodeRetries`; see `retries` |
| Cancelling sends SIGTERM to the launcher's process group, and SIGKILL after the grace period | argo: cmd/argoexec/commands/emissary.go |
"""  # noqa: E501

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from google.protobuf import json_format
from kfp.pipeline_spec.pipeline_spec_pb2 import ExecutorOutput

SCHEMES = {"gs": "gcs", "minio": "minio", "s3": "s3"}
MOUNTS = (*SCHEMES.values(), ".local", ".cache", ".config")
LOGS = "executor-logs"
LAUNCHER_FAILED = 1

Start = Callable[[dict[str, Any], Path, IO[bytes]], int]
"""Runs a container: its ExecutorInput, its `/` and its log; the exit code."""


def retries(
    policy: Mapping[str, Any], *, attempts: int, seconds: float, phase: str
) -> bool:
    """Whether Argo starts another attempt.

    Args:
      policy: the task's `retryPolicy`, as compiled. KFP passes 0 for a duration
        that is missing (container.go, `addParameterDefault`).
      attempts: that have ended.
      seconds: from the start of the first to the end of the last.
      phase: of the last, `Failed` or `Error`. Without a policy of its own,
        KFP's strategy means `OnFailure` (workflow_types.go,
        `RetryPolicyActual`).
    """
    duration = float(policy.get("backoffDuration", "0s")[:-1])
    factor = float(policy.get("backoffFactor", 0))
    wait = duration * factor ** (attempts - 1) if factor > 0 else duration
    deadline = float(policy.get("backoffMaxDuration", "0s")[:-1])
    if seconds + wait > deadline:
        return False
    return phase == "Failed" and attempts <= policy.get("maxRetryCount", 0)


class Pods:
    """The pods of a cluster that has one object store.

    Args:
      store: the object store: what is at `minio://a/b` is in `store/minio/a/b`.
      scratch: where the pods' file systems are.
      policy: the tasks' `retryPolicy`.
    """

    def __init__(
        self, store: Path, scratch: Path, policy: Mapping[str, Any]
    ) -> None:
        self._store = store
        self._scratch = scratch
        self._policy = policy

    def run(
        self,
        task: str,
        executor_input: Mapping[str, Any],
        start: Start,
        defaults: Mapping[str, Any] | None = None,
    ) -> int:
        """Runs a step until it succeeds or Argo gives up; the exit code.

        Args:
          task: its name.
          executor_input: as the driver has made it.
          start: runs its container.
          defaults: of the component's parameters.
        """
        attempts = 0
        while True:
            pod = self._pod(f"{task}-{attempts}")
            code = self._attempt(
                pod, executor_input, attempts, start, defaults or {}
            )
            attempts += 1
            again = code and retries(
                self._policy, attempts=attempts, seconds=0, phase="Failed"
            )
            if not again:
                return code

    def _pod(self, name: str) -> Path:
        pod = self._scratch / name
        for mount in MOUNTS:
            (pod / mount).mkdir(parents=True)
        return pod

    def _attempt(
        self,
        pod: Path,
        executor_input: Mapping[str, Any],
        index: int,
        start: Start,
        defaults: Mapping[str, Any],
    ) -> int:
        given = json.loads(json.dumps(executor_input))
        inputs, outputs = given.setdefault("inputs", {}), given["outputs"]
        values = inputs.setdefault("parameterValues", {})
        inputs["parameterValues"] = {**defaults, **values}
        logs = outputs["artifacts"][LOGS]["artifacts"][0]
        logs["uri"] += f"-{index}"
        for artifact in _artifacts(inputs):
            self._download(pod, artifact["uri"])
        for artifact in _artifacts(outputs):
            local(pod, artifact["uri"]).parent.mkdir(
                parents=True, exist_ok=True
            )
        output_file = local(pod, outputs["outputFile"])
        outputs["outputFile"] = str(output_file)
        with local(pod, logs["uri"]).open("wb") as log:
            code = start(given, pod, log)
        self._upload(pod, logs["uri"])
        if code:
            return LAUNCHER_FAILED
        self._publish(pod, outputs, output_file)
        return 0

    def _publish(
        self, pod: Path, outputs: Mapping[str, Any], output_file: Path
    ) -> None:
        said: dict[str, Any] = {}
        if output_file.exists():
            said = json.loads(output_file.read_text())
            json_format.ParseDict(said, ExecutorOutput())
            self._upload(pod, executor_uri(output_file, pod))
        for key, artifacts in outputs["artifacts"].items():
            merged = said.get("artifacts", {}).get(key, artifacts)
            if key != LOGS:
                self._upload(pod, merged["artifacts"][0]["uri"])

    def _download(self, pod: Path, uri: str) -> None:
        _copy_files(local(self._store, uri), local(pod, uri))

    def _upload(self, pod: Path, uri: str) -> None:
        _copy_files(local(pod, uri), local(self._store, uri))


def local(root: Path, uri: str) -> Path:
    """Where a URI's files are: launcher_v2.go, `LocalPathForURI`."""
    scheme, separator, path = uri.partition("://")
    assert separator, uri
    return root / SCHEMES[scheme] / path


def executor_uri(file: Path, pod: Path) -> str:
    """The URI of a file in a mount; the inverse of `local`."""
    mount, *parts = file.relative_to(pod).parts
    (scheme,) = (each for each in SCHEMES if SCHEMES[each] == mount)
    return f"{scheme}://{'/'.join(parts)}"


def _artifacts(group: Mapping[str, Any]) -> list[Any]:
    lists = group.get("artifacts", {}).values()
    return [artifact for each in lists for artifact in each["artifacts"]]


def _copy_files(source: Path, target: Path) -> None:
    """Copies a file, or those of a directory; nothing if there is neither."""
    files = [source] if source.is_file() else sorted(source.rglob("*"))
    for file in files:
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
