"""SchemaImporter: puts the curated schema into the DAG."""

from __future__ import annotations

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.channel import OutputChannel
from tfx.types.component_spec import ChannelParameter, ExecutionParameter

from components.code_digest import CodedSpec
from components.schema_importer.executor import Executor


class SchemaImporterSpec(CodedSpec):
    """The inputs, outputs and parameters of SchemaImporter."""

    SOURCES = ("modules/schema/schema.pbtxt",)
    PARAMETERS = {
        "num_classes": ExecutionParameter(type=int),
        "min_examples": ExecutionParameter(type=int),
    }
    INPUTS = {}
    OUTPUTS = {"schema": ChannelParameter(type=standard_artifacts.Schema)}


class SchemaImporter(BaseComponent):
    """Writes the version-controlled schema, for a data set, as an artifact.

    TFX's `Importer` takes a URI, and Kubeflow Pipelines refuses one that is
    not in an object store; the schema comes with the code instead.

    Args:
      num_classes: labels are in [0, num_classes).
      min_examples: the fewest images of a split.

    Outputs:
      schema: `standard_artifacts.Schema`.
    """

    SPEC_CLASS = SchemaImporterSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(self, *, num_classes: int, min_examples: int) -> None:
        super().__init__(
            SchemaImporterSpec(
                num_classes=num_classes,
                min_examples=min_examples,
                schema=OutputChannel(standard_artifacts.Schema, self, "schema"),
            )
        )
