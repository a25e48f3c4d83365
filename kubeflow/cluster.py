"""What the steps ask of a cluster: processors, memory, GPUs, volumes, retries.

Requests, but no limits: a step may take what its node has to spare. They are
estimates, not measured on a cluster.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import json_format
from kfp.kubernetes.kubernetes_executor_config_pb2 import (
    KubernetesExecutorConfig,
    PvcMount,
)
from tfx.components.trainer.component import Trainer
from tfx.components.tuner.component import Tuner
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.base_node import BaseNode

GPU = "nvidia.com/gpu"
RETRY_POLICY = {"maxRetryCount": 1, "backoffDuration": "30s"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cluster:
    """What the operator grants.

    Attributes:
      volumes: the directory of each PersistentVolumeClaim, in every step.
      gpus: of each Trainer and Tuner.
    """

    volumes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    gpus: int = 0


def resources(node: BaseNode, cluster: Cluster) -> dict[str, Any]:
    """The `resources` of a step's container."""
    if isinstance(node, Trainer | Tuner):
        wanted = _request(cpus=4, gigabytes=8)
        if cluster.gpus:
            wanted["accelerator"] = {
                "resourceType": GPU,
                "resourceCount": str(cluster.gpus),
            }
        return wanted
    if isinstance(node, BaseBeamComponent):
        return _request(cpus=2, gigabytes=4)
    return _request(cpus=1, gigabytes=2)


def _request(*, cpus: int, gigabytes: int) -> dict[str, Any]:
    return {
        "resourceCpuRequest": str(cpus),
        "resourceMemoryRequest": f"{gigabytes}G",
    }


def platform(executors: Iterable[str], cluster: Cluster) -> dict[str, Any]:
    """The document that mounts the volumes into the steps."""
    mounts = []
    for claim, directory in cluster.volumes.items():
        mount = PvcMount(constant=claim, mount_path=directory)
        mount.pvc_name_parameter.runtime_value.constant.string_value = claim
        mounts.append(mount)
    config = json_format.MessageToDict(
        KubernetesExecutorConfig(pvc_mount=mounts)
    )
    deployment = {"executors": dict.fromkeys(executors, config)}
    return {"platforms": {"kubernetes": {"deploymentSpec": deployment}}}
