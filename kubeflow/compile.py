"""From the DAG to the one YAML file that Kubeflow Pipelines runs.

    create_pipeline -> TFX's compiler -> PipelineSpec 2.1.0 -> file

TFX's compiler is meant for Vertex AI. What is changed in its result: each
container runs `kubeflow.entrypoint`, components have the prefix that Kubeflow
expects, and what looks at the world outside the pipeline is never cached.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner

from kubeflow.cluster import RETRY_POLICY, Cluster, platform, resources
from kubeflow.image import require_tag
from modules.errors import UserError
from pipeline.configs import RunConfig
from pipeline.data_source import DataSource
from pipeline.pipeline import create_pipeline

COMMAND = ("python", "-m", "kubeflow.entrypoint")
COMPONENT_PREFIX = "comp-"
UNCACHED = frozenset({"BaselineModel"})
"""Nodes whose result may change with nothing in their inputs having changed."""


class _Dumper(yaml.SafeDumper):
    """Repeats what is in several places, instead of pointing there."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def compile_pipeline(
    config: RunConfig,
    *,
    source: DataSource,
    serving: Path,
    image: str,
    cluster: Cluster | None = None,
) -> list[dict[str, Any]]:
    """The DAG as the documents of one file.

    The first is the PipelineSpec, schema 2.1.0; a second one, for Kubernetes,
    is there where there are volumes to mount.

    Args:
      config: what is to be run.
      source: the images, at a path inside the containers.
      serving: the directory inside the containers that models are pushed to.
      image: of all steps; it has this project installed.
      cluster: what the cluster has for the steps.

    Raises:
      UserError: if the image has no tag.
    """
    require_tag(image)
    cluster = cluster or Cluster()
    pipeline = create_pipeline(
        config,
        source=source,
        serving=serving,
        beam_pipeline_args=beam_arguments(image),
    )
    runner = kubeflow_v2_dag_runner.KubeflowV2DagRunner(
        kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig(
            default_image=image,
            default_commands=list(COMMAND),
            use_pipeline_spec_2_1=True,
        )
    )
    spec = runner.run(pipeline, write_out=False)["pipelineSpec"]
    executors = spec["deploymentSpec"]["executors"]
    for node in pipeline.components:
        task = spec["root"]["dag"]["tasks"][node.id]
        task["retryPolicy"] = RETRY_POLICY
        if node.id in UNCACHED:
            task["cachingOptions"] = {}
        label = spec["components"][node.id]["executorLabel"]
        executors[label]["container"]["resources"] = resources(node, cluster)
    documents = [_with_prefix(spec)]
    if cluster.volumes:
        documents.append(platform(executors, cluster))
    return documents


def beam_arguments(image: str) -> list[str]:
    """Beam inside each step's container, on all its cores."""
    return [
        # Beam's default runner first tries to download another one.
        "--runner=FnApiRunner",
        "--direct_running_mode=multi_threading",
        "--direct_num_workers=0",
        # Without a word on where workers get the code, TFX builds a package
        # of itself for each step.
        f"--sdk_container_image={image}",
    ]


def write(documents: list[dict[str, Any]], output: Path) -> None:
    """Writes what was compiled as YAML, whole or not at all.

    Raises:
      UserError: if the file cannot be written.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        staging = output.with_name(f".{output.name}.partial")
        staging.write_text(yaml.dump_all(documents, Dumper=_Dumper))
        staging.replace(output)
    except OSError as error:
        raise UserError(
            f"cannot write {output} ({error.strerror}); choose another file "
            "with --output."
        ) from error


def _with_prefix(spec: dict[str, Any]) -> dict[str, Any]:
    """`spec` with components named as Kubeflow's own compiler does.

    Its local orchestrator cuts the prefix off, whatever is there.
    """
    for task in spec["root"]["dag"]["tasks"].values():
        reference = task["componentRef"]
        reference["name"] = COMPONENT_PREFIX + reference["name"]
    spec["components"] = {
        COMPONENT_PREFIX + name: component
        for name, component in spec["components"].items()
    }
    return spec
