"""The DAG of a run's parameters, as TFX's own compiler produces it.

`compile` writes the file from it, and a step whose parameters differ from the
compiled ones takes its execution properties from it: one function, so that the
two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner
from tfx.orchestration.pipeline import Pipeline

from kubeflow.parameters import Parameters
from pipeline import request
from pipeline.data.source import DataSource
from pipeline.pipeline import create_pipeline


def create(
    parameters: Parameters,
    source: DataSource,
    beam_arguments: Sequence[str] = (),
) -> Pipeline:
    """The pipeline of one run."""
    return create_pipeline(
        request.configure(parameters, sample=source.sample),
        source=source,
        serving=Path(parameters.push_destination),
        beam_pipeline_args=beam_arguments,
    )


def specification(pipeline: Pipeline, image: str) -> dict[str, Any]:
    """The PipelineSpec, schema 2.1.0, that TFX makes of the pipeline."""
    runner = kubeflow_v2_dag_runner.KubeflowV2DagRunner(
        kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig(
            default_image=image, use_pipeline_spec_2_1=True
        )
    )
    return dict(runner.run(pipeline, write_out=False)["pipelineSpec"])


def execution_properties(
    parameters: Parameters, source: DataSource
) -> dict[str, dict[str, Any]]:
    """The execution properties by node and name, as Kubeflow passes them."""
    # No execution property depends on the image.
    spec = specification(create(parameters, source), image="-")
    return {
        node: {
            name: value["runtimeValue"]["constant"]
            for name, value in task["inputs"].get("parameters", {}).items()
        }
        for node, task in spec["root"]["dag"]["tasks"].items()
    }
