"""What each step asks of a cluster: processors, memory, GPUs, another try.

Requests, but no limits: a step may take what its node has to spare. They are
estimates, not measured on a cluster.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from tfx.components.trainer.component import Trainer
from tfx.components.tuner.component import Tuner
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.base_node import BaseNode

GPU = "nvidia.com/gpu"
TRAINING = Trainer, Tuner
"""Components whose steps train models."""
RETRY_POLICY = {"maxRetryCount": 1, "backoffDuration": "30s"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """What one step asks for."""

    cpus: int
    gigabytes: int


def request(node: BaseNode) -> Request:
    """What the step of `node` asks for."""
    if isinstance(node, TRAINING):
        return Request(cpus=4, gigabytes=8)
    if isinstance(node, BaseBeamComponent):
        return Request(cpus=2, gigabytes=4)
    return Request(cpus=1, gigabytes=2)


def resources(node: BaseNode, gpus: int) -> dict[str, Any]:
    """The `resources` of a step's container; GPUs are for those that train."""
    wanted = request(node)
    found: dict[str, Any] = {
        "resourceCpuRequest": str(wanted.cpus),
        "resourceMemoryRequest": f"{wanted.gigabytes}G",
    }
    if gpus and isinstance(node, TRAINING):
        found["accelerator"] = {
            "resourceType": GPU,
            "resourceCount": str(gpus),
        }
    return found
