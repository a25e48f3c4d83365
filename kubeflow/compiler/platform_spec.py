"""The second document of the file: what is specific to Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from kfp.kubernetes.kubernetes_executor_config_pb2 import (
    KubernetesExecutorConfig,
    NodeSelector,
    PodMetadata,
    PvcMount,
    SecretAsEnv,
    SecretAsVolume,
    SecurityContext,
)
from kfp.kubernetes.kubernetes_executor_config_pb2 import (
    Toleration as TolerationProto,
)
from tfx.dsl.components.base.base_node import BaseNode

from kubeflow.compiler.cluster import Cluster, Nodes, SecretVariable, Toleration
from kubeflow.compiler.resources import TRAINING


def document(
    nodes: Mapping[str, BaseNode], cluster: Cluster, labels: Mapping[str, str]
) -> dict[str, Any]:
    """What the steps need of Kubernetes.

    Args:
      nodes: the node of each executor label.
      cluster: what it gives the steps.
      labels: of every step's pod.
    """
    executors = {
        label: json_format.MessageToDict(_configuration(node, cluster, labels))
        for label, node in nodes.items()
    }
    deployment = {"executors": executors}
    return {"platforms": {"kubernetes": {"deploymentSpec": deployment}}}


def _configuration(
    node: BaseNode, cluster: Cluster, labels: Mapping[str, str]
) -> Any:
    places = cluster.nodes
    if isinstance(node, TRAINING):
        places = places.with_more(cluster.trainer_nodes)
    return KubernetesExecutorConfig(
        pvc_mount=[_claim(*item) for item in cluster.volumes.items()],
        secret_as_volume=[_secret(*item) for item in cluster.secrets.items()],
        secret_as_env=[_variable(each) for each in cluster.variables],
        node_selector=_selector(places),
        tolerations=[_toleration(each) for each in places.tolerations],
        pod_metadata=PodMetadata(labels=labels),
        security_context=_security(cluster.restricted),
    )


# Names are given twice, as the SDK does: older versions of Kubeflow read the
# field that is deprecated now.
def _claim(name: str, directory: str) -> Any:
    mount = PvcMount(constant=name, mount_path=directory)
    mount.pvc_name_parameter.runtime_value.constant.string_value = name
    return mount


def _secret(name: str, directory: str) -> Any:
    mount = SecretAsVolume(
        secret_name=name, mount_path=directory, optional=False
    )
    mount.secret_name_parameter.runtime_value.constant.string_value = name
    return mount


def _variable(each: SecretVariable) -> Any:
    mapped = SecretAsEnv.SecretKeyToEnvMap(
        secret_key=each.key, env_var=each.variable
    )
    variable = SecretAsEnv(
        secret_name=each.secret, key_to_env=[mapped], optional=False
    )
    name = variable.secret_name_parameter.runtime_value.constant
    name.string_value = each.secret
    return variable


def _security(restricted: bool) -> Any:
    """All that `restricted` asks for beyond what Kubeflow sets itself.

    Kubeflow drops all capabilities and sets the seccomp profile since 2.16; up
    to 2.15 it refuses a file that has the field.
    """
    return SecurityContext(run_as_non_root=True) if restricted else None


def _selector(places: Nodes) -> Any:
    return NodeSelector(labels=places.labels) if places.labels else None


def _toleration(each: Toleration) -> Any:
    if each.value is None:
        return TolerationProto(
            key=each.key, operator="Exists", effect=each.effect
        )
    return TolerationProto(
        key=each.key, operator="Equal", value=each.value, effect=each.effect
    )
