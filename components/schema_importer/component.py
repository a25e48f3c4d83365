"""SchemaImporter: puts the curated schema into the DAG."""

from __future__ import annotations

from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.types import standard_artifacts
from tfx.types.channel import OutputChannel
from tfx.types.component_spec import (
    ChannelParameter,
    ComponentSpec,
    ExecutionParameter,
)

from components.schema_importer.executor import Executor


class SchemaImporterSpec(ComponentSpec):
    """What SchemaImporter takes and gives."""

    PARAMETERS = {"code_digest": ExecutionParameter(type=str)}
    INPUTS = {}
    OUTPUTS = {"schema": ChannelParameter(type=standard_artifacts.Schema)}


class SchemaImporter(BaseComponent):
    """Copies the schema that is checked in into an artifact.

    TFX's `Importer` takes a URI, and Kubeflow Pipelines refuses one that is
    not in an object store; the schema comes with the code instead.

    Args:
      code_digest: of the schema, and of the source of this component.

    Outputs:
      schema: `standard_artifacts.Schema`.
    """

    SPEC_CLASS = SchemaImporterSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Executor)

    def __init__(self, *, code_digest: str) -> None:
        super().__init__(
            SchemaImporterSpec(
                code_digest=code_digest,
                schema=OutputChannel(standard_artifacts.Schema, self, "schema"),
            )
        )
