"""From the DAG to the one YAML file that Kubeflow Pipelines runs.

    create_pipeline -> TFX's compiler -> PipelineSpec 2.1.0 -> file

TFX's compiler is meant for Vertex AI. What is changed in its result: each
container runs `kubeflow.step.entrypoint`, the pipeline has parameters,
components have the prefix that Kubeflow expects, and what looks at the world
outside the pipeline is never cached.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.base_node import BaseNode

from kubeflow import dag
from kubeflow import parameters as table
from kubeflow.compiler import platform_spec
from kubeflow.compiler.cluster import Cluster
from kubeflow.compiler.influence import influences
from kubeflow.compiler.resources import RETRY_POLICY, request, resources
from kubeflow.image.name import require_tag
from kubeflow.parameters import Parameters
from kubeflow.step.rebuild import PREFIX
from modules.common.errors import UserError
from pipeline.data.source import DataSource

COMMAND = ("python", "-m", "kubeflow.step.entrypoint")
COMPONENT_PREFIX = "comp-"
UNCACHED = frozenset({"BaselineModel", "Pusher"})
"""Nodes whose result may change with nothing in their inputs having changed."""


class _Dumper(yaml.SafeDumper):
    """Repeats what is in several places, instead of pointing there."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def compile_pipeline(
    parameters: Parameters,
    *,
    source: DataSource,
    image: str,
    cluster: Cluster | None = None,
) -> list[dict[str, Any]]:
    """The DAG as the documents of one file.

    The first is the PipelineSpec, schema 2.1.0; a second one, for Kubernetes,
    is there where there is something to ask of it.

    Args:
      parameters: what a run does unless it is told otherwise.
      source: the images, at a path inside the containers.
      image: of all steps; it has this project installed.
      cluster: what the cluster has for the steps.

    Raises:
      UserError: if the image has no tag, or a parameter has no sense.
    """
    require_tag(image)
    table.check({name: getattr(parameters, name) for name in table.RULES})
    cluster = cluster or Cluster()
    pipeline = dag.create(parameters, source, beam_arguments(image))
    for node in pipeline.components:
        _limit_beam(node)
    spec = dag.specification(pipeline, image)
    spec["root"]["inputDefinitions"] = {
        "parameters": table.declarations(parameters)
    }
    nodes = {}
    for node in pipeline.components:
        nodes[spec["components"][node.id]["executorLabel"]] = node
        _finish_task(spec, node, cluster)
        _hand_over(spec, node.id, parameters)
    documents = [_with_prefix(spec), platform_spec.document(nodes, cluster)]
    return [document for document in documents if document]


def beam_arguments(image: str) -> list[str]:
    """Beam inside each step's container."""
    return [
        # Beam's default runner first tries to download another one.
        "--runner=FnApiRunner",
        "--direct_running_mode=multi_threading",
        # Without a word on where workers get the code, TFX builds a package
        # of itself for each step.
        f"--sdk_container_image={image}",
    ]


def _limit_beam(node: BaseNode) -> None:
    """As many workers as the step asks for processors.

    Left to itself, Beam counts those of the whole cluster node, of which other
    steps have their share.
    """
    if isinstance(node, BaseBeamComponent):
        workers = request(node).cpus
        node.with_beam_pipeline_args([f"--direct_num_workers={workers}"])


def _finish_task(
    spec: dict[str, Any], node: BaseNode, cluster: Cluster
) -> None:
    """Our command, resources, another try, and what may be cached."""
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
    """Gives a step the parameters it depends on: now, and in every run.

    What was compiled is part of the command, which is part of Kubeflow's key
    of the cache; so it says no more than what the step depends on.
    """
    names = sorted(influences().get(node_id, ()))
    compiled = {name: getattr(parameters, name) for name in names}
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
