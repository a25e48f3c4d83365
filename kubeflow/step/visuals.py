"""RunReport's outputs, as the UI of Kubeflow Pipelines shows them.

Their types bear the UI's names (`components.run_report.artifacts`), which TFX
cannot import, and which Kubeflow also gives to outputs of its own. The UI
opens the URI of a page as one object, and takes all that is in the metadata of
metrics for a metric.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from kfp.pipeline_spec.pipeline_spec_pb2 import (
    ArtifactTypeSchema,
    ExecutorInput,
    ExecutorOutput,
    RuntimeArtifact,
)

from components.run_report.artifacts import (
    ClassificationMetrics,
    Html,
    Metrics,
)

_CLASSES = {
    artifact.TYPE_NAME: f"{artifact.__module__}.{artifact.__qualname__}"
    for artifact in (Html, Metrics, ClassificationMetrics)
}


def title(schema: ArtifactTypeSchema) -> str:
    """The name of an artifact's type, which is said in one of two ways."""
    if schema.schema_title:
        return str(schema.schema_title)
    document = yaml.safe_load(schema.instance_schema) or {}
    return str(document.get("title", ""))


def name_classes(executor_input: ExecutorInput) -> None:
    """Gives the outputs that the UI shows types that TFX can import."""
    for artifacts in executor_input.outputs.artifacts.values():
        for artifact in artifacts.artifacts:
            if path := _CLASSES.get(title(artifact.type)):
                artifact.type.schema_title = path


def show(executor_input: ExecutorInput, output: ExecutorOutput) -> None:
    """Makes what a step has put out as the UI expects it.

    Args:
      executor_input: after `name_classes`.
      output: of the same step; changed in place.
    """
    for page in _of_type(Html.TYPE_NAME, executor_input, output):
        page.uri = f"{page.uri}/{Html.FILE}"
    for metrics in _of_type(Metrics.TYPE_NAME, executor_input, output):
        for name, value in list(metrics.metadata.fields.items()):
            if not value.HasField("number_value"):
                del metrics.metadata.fields[name]


def _of_type(
    name: str, executor_input: ExecutorInput, output: ExecutorOutput
) -> Iterator[RuntimeArtifact]:
    """The output artifacts of one of the types that the UI shows."""
    expected = _CLASSES[name]
    for key, given in executor_input.outputs.artifacts.items():
        if any(title(a.type) == expected for a in given.artifacts):
            yield from output.artifacts[key].artifacts
