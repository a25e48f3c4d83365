"""One made-up step, as Kubeflow's driver and launcher prepare it.

`pod` has the table of the launcher's behaviours. In the ExecutorInput, read in
kubeflow/pipelines 2.17.0, backend/src/v2: inputs have no type, and their MLMD
ID for a name (metadata/client.go); outputs have a type, with `executor-logs`
beside them (driver/driver.go); URIs are the object store's, while the files are
in a mount (component/launcher_v2.go, `LocalPathForURI`); the output file is
read strictly (the same, `getExecutorOutputFile`).
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
from tests.support.kubeflow.pod import SCHEMES

EXECUTORS = "tests.support.kubeflow.executors"


def schema(title):
    """The type of an artifact as TFX compiles it."""
    return {"instanceSchema": f"title: tfx.{title}\ntype: object\n"}


class Launcher:
    """Runs one made-up step; `root` stands for the container's `/`."""

    def __init__(self, root: Path, scheme: str = "minio"):
        self.task = f"{scheme}://bucket/run/task/salt"
        self.mount = root / SCHEMES[scheme] / "bucket/run/task/salt"
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
