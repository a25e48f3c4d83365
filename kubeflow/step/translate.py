"""One step's inputs and outputs: as Kubeflow states them, and as TFX reads.

Kubeflow's launcher copies input artifacts from the object store to local
mounts and output artifacts back, but tells the step their URIs. TFX's
executors get the local paths, and Kubeflow gets its URIs back.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec.pipeline_spec_pb2 import (
    ComponentInputsSpec,
    ExecutorInput,
    ExecutorOutput,
    RuntimeArtifact,
)

from kubeflow.step import visuals
from modules.common.errors import UserError

MOUNTS = {"gs://": "gcs", "minio://": "minio", "s3://": "s3"}
"""Where Kubeflow's launcher keeps the files of a URI, below `/`."""

KUBEFLOW_TYPES = "system."
"""How the types of Kubeflow's own artifacts start, such as `executor-logs`."""

MARKER = "_$folder$"
"""How the names of objects end that some tools write for a directory."""


class Step:
    """One execution of one component.

    Args:
      invocation: the JSON of Kubeflow's `ExecutorInput`.
      inputs_spec: the JSON of the component's `ComponentInputsSpec`.
      root: the directory that the mounts are in; only tests have another.
    """

    def __init__(
        self, invocation: str, inputs_spec: str, root: Path = Path("/")
    ) -> None:
        self._root = root
        self._input = _parse(invocation, ExecutorInput())
        spec = _parse(inputs_spec, ComponentInputsSpec())
        self._output_file = Path(self._input.outputs.output_file)
        self._tfx_output_file = self._output_file.with_suffix(".tfx.json")
        visuals.name_classes(self._input)
        _drop_kubeflow_outputs(self._input)
        _add_types(self._input, spec)
        self._uris = dict(self._localize())

    def invocation(self) -> str:
        """The `ExecutorInput` that TFX's executor runner understands."""
        return json_format.MessageToJson(self._input)

    def take_parameters(self, prefix: str) -> dict[str, Any]:
        """Takes out the inputs that are the run's, not the component's.

        Args:
          prefix: how their names start.

        Returns:
          Their values by the rest of the name; whole numbers are int.
        """
        values = self._input.inputs.parameter_values
        keys = [key for key in values if key.startswith(prefix)]
        taken = {k.removeprefix(prefix): _plain(values[k]) for k in keys}
        for key in keys:
            del values[key]
        return taken

    def replace_properties(self, properties: Mapping[str, Any]) -> None:
        """Gives the component these execution properties instead of its own."""
        values = self._input.inputs.parameter_values
        values.clear()
        for name, value in properties.items():
            json_format.ParseDict(value, values[name])

    def prepare(self) -> None:
        """Makes the files fit: inputs as they were, outputs empty.

        What an attempt that was killed has left is removed, and output
        directories are made, as TFX's own launcher does.

        Raises:
          UserError: if the outputs' directories cannot be written.
        """
        for artifact in _artifacts(self._input.inputs.artifacts.values()):
            _remove_markers(Path(artifact.uri))
        for artifact in _artifacts(self._input.outputs.artifacts.values()):
            with self._writing(artifact.uri):
                shutil.rmtree(artifact.uri, ignore_errors=True)
                Path(artifact.uri).mkdir(parents=True)
        for file in (self._output_file, self._tfx_output_file):
            with self._writing(str(file)):
                file.unlink(missing_ok=True)

    def finish(self) -> None:
        """Hands TFX's `ExecutorOutput` to Kubeflow, whole or not at all."""
        output = _parse(self._tfx_output_file.read_text(), ExecutorOutput())
        visuals.show(self._input, output)
        for artifact in _artifacts(output.artifacts.values()):
            artifact.uri = self._original(artifact.uri)
            for value in artifact.metadata.fields.values():
                if value.HasField("string_value"):
                    value.string_value = self._original(value.string_value)
        self._tfx_output_file.write_text(json_format.MessageToJson(output))
        os.replace(self._tfx_output_file, self._output_file)

    @contextlib.contextmanager
    def _writing(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UserError(
                f"cannot write {path} ({error.strerror}), which is to become "
                f"{self._original(path)}; let the run's pipeline root be one "
                "that the user of the image may write."
            ) from error

    def _localize(self) -> Iterator[tuple[str, str]]:
        """Makes all URIs local paths; gives each path with its URI."""
        self._input.outputs.output_file = str(self._tfx_output_file)
        for group in (self._input.inputs, self._input.outputs):
            for key, artifacts in group.artifacts.items():
                for artifact in artifacts.artifacts:
                    path = self._local_path(artifact)
                    yield path, artifact.uri
                    artifact.uri = path
                    # TFX wants a name of each, to make its integer ID from.
                    artifact.name = artifact.name or key

    def _local_path(self, artifact: RuntimeArtifact) -> str:
        if artifact.custom_path:
            return artifact.custom_path
        for scheme, mount in MOUNTS.items():
            if artifact.uri.startswith(scheme):
                path = artifact.uri.removeprefix(scheme)
                return str(self._root / mount / path)
        return artifact.uri

    def _original(self, text: str) -> str:
        """`text`, with the URI of an artifact where it is its local path."""
        for path, uri in self._uris.items():
            if text == path or text.startswith(f"{path}/"):
                return uri + text.removeprefix(path)
        return text


def _parse(text: str, message: Any) -> Any:
    return json_format.Parse(text, message, ignore_unknown_fields=True)


def _plain(value: Any) -> Any:
    """A protobuf value as Python's; it has no whole numbers of its own."""
    plain: Any = json_format.MessageToDict(value)
    whole = isinstance(plain, float) and plain.is_integer()
    return int(plain) if whole else plain


def _artifacts(lists: Iterable[Any]) -> Iterator[RuntimeArtifact]:
    for artifacts in lists:
        yield from artifacts.artifacts


def _drop_kubeflow_outputs(executor_input: ExecutorInput) -> None:
    """Leaves out the outputs that the component does not know of."""
    artifacts = executor_input.outputs.artifacts
    for key in list(artifacts):
        if any(
            visuals.title(artifact.type).startswith(KUBEFLOW_TYPES)
            for artifact in artifacts[key].artifacts
        ):
            del artifacts[key]


def _add_types(
    executor_input: ExecutorInput, spec: ComponentInputsSpec
) -> None:
    """Gives the inputs, which come without, the types of the component."""
    for key, artifacts in executor_input.inputs.artifacts.items():
        for artifact in artifacts.artifacts:
            artifact.type.CopyFrom(spec.artifacts[key].artifact_type)


def _remove_markers(path: Path) -> None:
    """Takes the object store's objects for directories out of an artifact."""
    if path.is_file() and path.stat().st_size == 0:
        path.unlink()
        path.mkdir()
    for marker in list(path.rglob(f"*{MARKER}")):
        marker.unlink()
