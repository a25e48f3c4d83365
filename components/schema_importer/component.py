"""SchemaImporter: puts the curated schema into the DAG."""

from __future__ import annotations

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.channel import OutputChannel
from tfx.types.component_spec import ChannelParameter

from components.code_digest import CodedSpec
from components.schema_importer.executor import Executor


class SchemaImporterSpec(CodedSpec):
    """The inputs, outputs and parameters of SchemaImporter."""

    SOURCES = ("modules/schema/schema.pbtxt",)
    INPUTS = {}
    OUTPUTS = {"schema": ChannelParameter(type=standard_artifacts.Schema)}


class SchemaImporter(BaseComponent):
    """Copies the version-controlled schema into an artifact.

    TFX's `Importer` takes a URI, and Kubeflow Pipelines refuses one that is
    not in an object store; the schema comes with the code instead.


    Outputs:
      schema: `standard_artifacts.Schema`.
    """

    SPEC_CLASS = SchemaImporterSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(self) -> None:
        super().__init__(
            SchemaImporterSpec(
                schema=OutputChannel(standard_artifacts.Schema, self, "schema"),
            )
        )
