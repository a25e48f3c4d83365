"""From the DAG to the one YAML file that Kubeflow Pipelines runs.

    create_pipeline -> TFX's compiler -> PipelineSpec 2.1.0 -> file

TFX's compiler targets Vertex AI. Its result is changed so that each container
runs `kubeflow.step.entrypoint`, the pipeline has parameters, components have
the prefix that Kubeflow expects, and nodes that look outside the pipeline are
never cached.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.base_node import BaseNode

from kubeflow import dag
from kubeflow import parameters as table
from kubeflow.client.package import describe
from kubeflow.compiler import platform_spec
from kubeflow.compiler.cluster import Cluster
from kubeflow.compiler.influence import influences
from kubeflow.compiler.resources import RETRY_POLICY, request, resources
from kubeflow.image.name import require_tag
from kubeflow.labels import labels
from kubeflow.parameters import Parameters
from kubeflow.step.rebuild import PREFIX
from modules.common import atomic
from modules.common.errors import UserError
from pipeline import beam
from pipeline.data.source import DataSource

COMMAND = ("python", "-m", "kubeflow.step.entrypoint")
COMPONENT_PREFIX = "comp-"
UNCACHED = frozenset({"AnomalyGate", "BaselineModel", "Pusher"})
"""Nodes whose result may change with nothing in their inputs having changed."""


class _Dumper(yaml.SafeDumper):
    """Repeats what is in several places instead of writing an anchor."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def compile_pipeline(
    parameters: Parameters,
    *,
    source: DataSource,
    image: str,
    cluster: Cluster | None = None,
    commit: str = "",
    beam_arguments: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """The DAG as the documents of one file.

    The first is the PipelineSpec, schema 2.1.0, the second what only Kubernetes
    understands.

    Args:
      parameters: the defaults of a run.
      source: the images, at a path inside the containers.
      image: of all steps; it has this project installed.
      cluster: what the cluster has for the steps.
      commit: of the sources, as `pipeline.revision.commit` has it.
      beam_arguments: of all Beam components; by default, for workers in the
        process of the step.

    Raises:
      UserError: if the image has no tag, or a parameter is invalid.
    """
    require_tag(image)
    table.check({name: getattr(parameters, name) for name in table.RULES})
    cluster = cluster or Cluster()
    if beam_arguments is None:
        beam_arguments = beam.container_arguments(image)
    pipeline = dag.create(parameters, source, beam_arguments)
    for node in pipeline.components:
        _limit_beam(node)
    spec = dag.specification(pipeline, image)
    spec["pipelineInfo"]["description"] = describe(commit)
    spec["root"]["inputDefinitions"] = {
        "parameters": table.declarations(parameters)
    }
    nodes = {}
    for node in pipeline.components:
        nodes[spec["components"][node.id]["executorLabel"]] = node
        _finish_task(spec, node, cluster)
        _hand_over(spec, node.id, parameters)
    pods = labels(vars(parameters), commit)
    return [_with_prefix(spec), platform_spec.document(nodes, cluster, pods)]


def _limit_beam(node: BaseNode) -> None:
    """As many workers as the step requests CPUs.

    By default, Beam counts the CPUs of the whole cluster node, which other
    steps use too.
    """
    if isinstance(node, BaseBeamComponent):
        workers = beam.workers(request(node).cpus)
        node.with_beam_pipeline_args([workers])


def _finish_task(
    spec: dict[str, Any], node: BaseNode, cluster: Cluster
) -> None:
    """Sets our command, the resources, the retry and the caching."""
    task = spec["root"]["dag"]["tasks"][node.id]
    task["retryPolicy"] = RETRY_POLICY
    if node.id in UNCACHED:
        task["cachingOptions"] = {}
    container = _container(spec, node.id)
    container["command"] = list(COMMAND)
    container["resources"] = resources(node, cluster.gpus)


def _hand_over(
    spec: dict[str, Any], node_id: str, parameters: Parameters
) -> None:
    """Gives a step the parameters that it depends on, as compiled and as run.

    The compiled values are part of the command, and so of Kubeflow's cache key;
    so a step has only those that it depends on.
    """
    names = sorted(influences().get(node_id, ()))
    compiled = table.part(parameters, names)
    arguments = ["--node", node_id]
    arguments += ["--compiled", json.dumps(compiled, sort_keys=True)]
    container = _container(spec, node_id)
    container["args"] = [*arguments, *container["args"]]
    task = spec["root"]["dag"]["tasks"][node_id]["inputs"]
    component = spec["components"][node_id]["inputDefinitions"]
    for name in table.KINDS.keys() & names:
        task["parameters"][PREFIX + name] = {"componentInputParameter": name}
        kind = {"parameterType": table.KINDS[name]}
        component["parameters"][PREFIX + name] = kind


def _container(spec: dict[str, Any], node_id: str) -> Any:
    label = spec["components"][node_id]["executorLabel"]
    return spec["deploymentSpec"]["executors"][label]["container"]


def write(documents: Iterable[dict[str, Any]], output: Path) -> None:
    """Writes the documents as YAML, whole or not at all.

    Raises:
      UserError: if the file cannot be written.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.dump_all(documents, Dumper=_Dumper)
        atomic.write_text(output, text)
    except OSError as error:
        raise UserError(
            f"cannot write {output} ({error.strerror}); choose another file "
            "with --output."
        ) from error


def _with_prefix(spec: dict[str, Any]) -> dict[str, Any]:
    """`spec` with components named as Kubeflow's own compiler names them.

    Its local orchestrator cuts off the prefix's length, whatever is there.
    """
    for task in spec["root"]["dag"]["tasks"].values():
        reference = task["componentRef"]
        reference["name"] = COMPONENT_PREFIX + reference["name"]
    spec["components"] = {
        COMPONENT_PREFIX + name: component
        for name, component in spec["components"].items()
    }
    return spec
