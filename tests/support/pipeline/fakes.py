"""Small real TFX pipelines, quick to run, for tests of what runs them."""

import dataclasses
import os
import signal
from pathlib import Path

from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.orchestration import metadata
from tfx.orchestration.pipeline import Pipeline
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
    copied.write_text(note.value)


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

    def run_started(self, node_ids):
        self.events.append(("run", *node_ids))

    def node_started(self, node_id):
        self.events.append(("started", node_id))

    def node_finished(self, node_id, *, cached):
        self.events.append(("cached" if cached else "done", node_id))

    def node_failed(self, node_id, error):
        self.events.append(("failed", node_id, type(error).__name__))
