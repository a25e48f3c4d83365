"""Small real TFX pipelines, quick to run, for tests of what runs them."""

import dataclasses
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import apache_beam as beam
from tfx import types
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec
from tfx.orchestration import metadata
from tfx.orchestration.pipeline import Pipeline
from tfx.types.channel import Channel
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)
from tfx.types.standard_artifacts import Examples, String

from modules.common.errors import UserError
from pipeline.paths import Paths


@component
def Write(text: Parameter[str], note: OutputArtifact[String]) -> None:
    note.value = text


@component
def Read(
    note: InputArtifact[String],
    mishap: Parameter[str],
    copy: OutputArtifact[Examples],
) -> None:
    os.write(1, b"chatter on stdout\n")
    os.write(2, b"chatter on stderr\n")
    copied = Path(copy.uri) / "copied.txt"
    copied.write_text("half")
    if mishap == "user error":
        raise UserError("found 3 images, expected 4.")
    if mishap == "interrupt":
        signal.raise_signal(signal.SIGINT)
    if mishap == "no root":
        shutil.rmtree(Path(copy.uri).parents[3])
        return
    copied.write_text(note.value)


class FillSpec(ComponentSpec):
    PARAMETERS: ClassVar = {"size": ExecutionParameter(type=int)}
    INPUTS: ClassVar[dict[str, ChannelParameter]] = {}
    OUTPUTS: ClassVar = {"examples": ChannelParameter(type=Examples)}


class WriteFile(beam.DoFn):
    """Writes a file of (path, size) in Beam's worker."""

    def process(self, element: tuple[str, int]) -> None:
        path, size = element
        Path(path).write_bytes(b"x" * size)


class FillExecutor(BaseBeamExecutor):
    """Runs `WriteFile` once."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        path = f"{output_dict['examples'][0].uri}/filled"
        with self._make_beam_pipeline() as pipeline:
            _ = (
                pipeline
                | beam.Create([(path, exec_properties["size"])])
                | beam.ParDo(WriteFile())
            )


class Fill(BaseBeamComponent):
    """Writes a file of `size` bytes on Beam."""

    SPEC_CLASS = FillSpec
    EXECUTOR_SPEC = BeamExecutorSpec(FillExecutor)

    def __init__(self, size: int) -> None:
        super().__init__(FillSpec(size=size, examples=Channel(type=Examples)))


def beam_pipeline(
    paths: Paths, *, size: int = 1, beam_arguments: Sequence[str] = ()
) -> Pipeline:
    """Fill, on Beam."""
    return Pipeline(
        pipeline_name="fake",
        pipeline_root=str(paths.artifacts),
        components=[Fill(size)],
        enable_cache=True,
        metadata_connection_config=metadata.sqlite_metadata_connection_config(
            str(paths.metadata)
        ),
        beam_pipeline_args=["--runner=FnApiRunner", *beam_arguments],
    )


def pipeline(paths: Paths, *, text: str = "a", mishap: str = "") -> Pipeline:
    """Write, then Read, which fails in the way that `mishap` names."""
    write = Write(text=text)
    read = Read(note=write.outputs["note"], mishap=mishap)
    return Pipeline(
        pipeline_name="fake",
        pipeline_root=str(paths.artifacts),
        components=[write, read],
        enable_cache=True,
        metadata_connection_config=metadata.sqlite_metadata_connection_config(
            str(paths.metadata)
        ),
    )


@dataclasses.dataclass
class Recorder:
    """An observer that writes down what it is told."""

    events: list[tuple] = dataclasses.field(default_factory=list)
    notices: list[str] = dataclasses.field(default_factory=list)

    def notice(self, message):
        self.notices.append(message)

    def run_started(self, node_ids):
        self.events.append(("run", *node_ids))

    def node_started(self, node_id):
        self.events.append(("started", node_id))

    def node_finished(self, node_id, *, cached):
        self.events.append(("cached" if cached else "done", node_id))

    def node_failed(self, node_id, error):
        self.events.append(("failed", node_id, type(error).__name__))
