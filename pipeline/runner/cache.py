"""What a cached result is found by, and whether it is still what it was.

TFX's launcher asks its module `cache_utils` for both and has no parameter for
another; `Cache` takes that module's place while a node is being prepared.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from ml_metadata.proto.metadata_store_pb2 import Context
from tfx.orchestration.metadata import Metadata
from tfx.orchestration.portable import cache_utils
from tfx.proto.orchestration import pipeline_pb2
from tfx.proto.orchestration.executable_spec_pb2 import BeamExecutableSpec
from tfx.types import Artifact
from tfx.types.artifact import ArtifactState
from tfx.types.standard_artifacts import PushedModel

from components.pusher.executor import why_not_there
from pipeline.runner import manifests

Artifacts = Mapping[str, Sequence[Artifact]]

_HERE = "{root}"
_PLACE = (
    "id",
    "name",
    "create_time_since_epoch",
    "last_update_time_since_epoch",
)
"""What ML Metadata says of an artifact but not of its contents."""


class Cache:
    """Finds results of earlier runs by what they were made from.

    TFX goes by where things are: its key holds Beam's arguments, absolute
    paths, and the ids of the inputs. This one goes by what they are, so that a
    root or a checkout can be moved, and an input that was lost and made again
    is as good as before. And a result that is not what its producer left is
    none: see `manifests`.

    Args:
      root: the directory of the run, which parameters may name.
      notice: is told of each result that is not used any more.
    """

    def __init__(self, root: Path, notice: Callable[[str], None]) -> None:
        self._root = str(root)
        self._notice = notice
        self._parameters: Mapping[str, Any] = {}

    def get_cache_context(
        self,
        metadata_handle: Metadata,
        pipeline_node: pipeline_pb2.PipelineNode,
        pipeline_info: pipeline_pb2.PipelineInfo,
        executor_spec: Message | None = None,
        input_artifacts: Artifacts | None = None,
        output_artifacts: Artifacts | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Context:
        """The context of all results that are as good as the one wanted."""
        self._parameters = parameters or {}
        return cache_utils.get_cache_context(
            metadata_handle=metadata_handle,
            pipeline_node=pipeline_node,
            pipeline_info=pipeline_info,
            executor_spec=_without_beam_arguments(executor_spec),
            input_artifacts={
                key: [_by_content(artifact) for artifact in artifacts]
                for key, artifacts in (input_artifacts or {}).items()
            },
            output_artifacts=output_artifacts,
            parameters={
                name: str(value).replace(self._root, _HERE)
                for name, value in self._parameters.items()
            },
        )

    def get_cached_outputs(
        self, metadata_handle: Metadata, cache_context: Context
    ) -> dict[str, list[Artifact]] | None:
        """The newest result that is what it was when it was made."""
        while True:
            outputs = cache_utils.get_cached_outputs(
                metadata_handle, cache_context
            )
            if outputs is None:
                return None
            damaged = [
                (artifact, problem)
                for artifact in itertools.chain(*outputs.values())
                if (problem := self._problem(artifact))
            ]
            if not damaged:
                return outputs
            for artifact, problem in damaged:
                self._notice(f"{artifact.uri} is made again: {problem}.")
            _forget(metadata_handle, [artifact for artifact, _ in damaged])

    def _problem(self, artifact: Artifact) -> str | None:
        """Why the artifact is not what it was when it was made, if so."""
        if problem := manifests.problem(artifact.uri):
            return problem
        if isinstance(artifact, PushedModel):
            return why_not_there(artifact, self._parameters["push_destination"])
        return None


def _without_beam_arguments(spec: Message | None) -> Message | None:
    """They say where and how Beam runs, not what it computes."""
    if not isinstance(spec, BeamExecutableSpec):
        return spec
    copied = BeamExecutableSpec()
    copied.CopyFrom(spec)
    copied.ClearField("beam_pipeline_args")
    copied.ClearField("beam_pipeline_args_placeholders")
    return copied


def _by_content(artifact: Artifact) -> Artifact:
    """The artifact with the digest of its contents for a place."""
    manifest = manifests.read(artifact.uri)
    if manifest is None:
        return artifact
    copied = copy.deepcopy(artifact)
    copied.uri = manifest.digest
    for field in _PLACE:
        copied.mlmd_artifact.ClearField(field)
    copied.mlmd_artifact.custom_properties.pop("name", None)
    return copied


def _forget(handle: Metadata, artifacts: Sequence[Artifact]) -> None:
    """Marks artifacts so that TFX takes them from no cache."""
    for artifact in artifacts:
        artifact.state = ArtifactState.ABANDONED
    handle.store.put_artifacts([a.mlmd_artifact for a in artifacts])
