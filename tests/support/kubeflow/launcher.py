"""What Kubeflow's driver and launcher tell a step, and where they look.

After `backend/src/v2` of kubeflow/pipelines: inputs have no type and bear
their MLMD ID as name; outputs have a type, and there is `executor-logs`
beside them; URIs are the object store's, but the files are in a mount; what
the step writes to `output_metadata.json` is read strictly.
"""

from __future__ import annotations

import json
from pathlib import Path

from google.protobuf import json_format
from kfp.pipeline_spec.pipeline_spec_pb2 import (
    ComponentInputsSpec,
    ExecutorInput,
    ExecutorOutput,
)

from kubeflow.step.rebuild import PREFIX

EXECUTORS = "tests.support.kubeflow.executors"
MOUNTS = {"gs": "gcs", "minio": "minio", "s3": "s3"}


def schema(title):
    """The type of an artifact as TFX compiles it."""
    return {"instanceSchema": f"title: tfx.{title}\ntype: object\n"}


class Launcher:
    """Runs one made-up step; `root` stands for the container's `/`."""

    def __init__(self, root: Path, scheme: str = "minio"):
        self.task = f"{scheme}://bucket/run/task/salt"
        self.mount = root / MOUNTS[scheme] / "bucket/run/task/salt"
        self.mount.mkdir(parents=True)
        self.output_file = self.mount / "output_metadata.json"
        self.inputs: dict[str, dict] = {}
        self.types: dict[str, dict] = {}
        self.outputs: dict[str, dict] = {}
        self.parameters: dict[str, str | int] = {}
        self.run_parameters: dict[str, str | int] = {}
        self.compiled: dict[str, str | int] = {}
        self.node = "Node"
        self.output("executor-logs", {"schemaTitle": "system.Artifact"})
        self.logs = self.mount / "executor-logs"
        self.logs.write_text("what the step has printed\n")

    def input(self, key, title, *, metadata=None, name="7", **more):
        """Adds an input artifact; its local directory."""
        self.types[key] = {"artifactType": schema(title)}
        artifact = {"uri": f"{self.task}/{key}", "metadata": metadata or {}}
        artifact |= {"name": name, **more}
        self.inputs[key] = {"artifacts": [artifact]}
        directory = self.mount / key
        directory.mkdir()
        return directory

    def output(self, key, artifact_type):
        """Adds an output artifact; its local path, which is not there yet."""
        artifact = {"name": key, "type": artifact_type}
        artifact["uri"] = f"{self.task}/{key}"
        self.outputs[key] = {"artifacts": [artifact]}
        return self.mount / key

    def arguments(self, executor):
        """The arguments of the step's command."""
        invocation = {
            "inputs": {
                "artifacts": self.inputs,
                "parameterValues": self.parameters
                | {f"{PREFIX}{k}": v for k, v in self.run_parameters.items()},
            },
            "outputs": {
                "artifacts": self.outputs,
                "outputFile": str(self.output_file),
            },
        }
        spec = {
            "artifacts": self.types,
            "parameters": {
                key: {
                    "parameterType": "STRING"
                    if isinstance(value, str)
                    else "NUMBER_INTEGER"
                }
                for key, value in self.parameters.items()
            },
        }
        json_format.ParseDict(invocation, ExecutorInput())
        json_format.ParseDict(spec, ComponentInputsSpec())
        return [
            *("--node", self.node, "--compiled", json.dumps(self.compiled)),
            *(
                "--executor_class_path",
                f"{EXECUTORS}.{executor}",
            ),
            *("--json_serialized_invocation_args", json.dumps(invocation)),
            *("--json_serialized_inputs_spec_args", json.dumps(spec)),
        ]

    def published(self):
        """The artifacts as the launcher publishes them, by key."""
        output = json.loads(self.output_file.read_text())
        json_format.ParseDict(output, ExecutorOutput())
        return {
            key: artifacts["artifacts"][0]
            for key, artifacts in output["artifacts"].items()
        }


def quirky(command: list[str], root: Path) -> list[str]:
    """The command that the SDK's orchestrator makes, as the launcher's.

    The SDK's URIs are local paths under `root/minio`; here they become what
    the object store calls them.
    """
    at = command.index("--json_serialized_invocation_args") + 1
    invocation = json.loads(command[at])
    groups = invocation.get("inputs", {}), invocation["outputs"]
    for group in groups:
        for artifacts in group.get("artifacts", {}).values():
            for artifact in artifacts["artifacts"]:
                path = artifact["uri"].removeprefix(f"{root}/minio/")
                if path != artifact["uri"]:
                    artifact["uri"] = f"minio://{path}"
    for artifacts in groups[0].get("artifacts", {}).values():
        for artifact in artifacts["artifacts"]:
            artifact.pop("type", None)
            extra = {"display_name": "added by Kubeflow"}
            artifact["metadata"] = artifact.get("metadata", {}) | extra
    folder = Path(invocation["outputs"]["outputFile"]).parent
    task = folder.relative_to(root / "minio")
    invocation["outputs"].setdefault("artifacts", {})["executor-logs"] = {
        "artifacts": [
            {
                "name": "executor-logs",
                "type": {"schemaTitle": "system.Artifact"},
                "uri": f"minio://{task}/executor-logs",
            }
        ]
    }
    return [*command[:at], json.dumps(invocation), *command[at + 1 :]]
