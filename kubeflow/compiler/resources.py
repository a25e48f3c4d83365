"""Resource requests of each step: CPUs, memory, GPUs, a retry.

Memory is the peak that `python -m benchmarks.step_costs` printed (the table is
in docs/KUBEFLOW.md) with about half as much again for other data and more
threads; a step is killed at twice its request. CPUs have no limit: a step may
use what its node has to spare.
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
MEMORY_LIMIT = 2
"""A step's memory limit, as a multiple of its request."""
RETRY_POLICY = {
    "maxRetryCount": 1,
    "backoffDuration": "30s",
    "backoffFactor": 2.0,
    # Counted from the start of the first attempt, and the end of the last one
    # (argo-workflows 4.0.5, workflow/controller/operator.go,
    # `processNodeRetries`): longer than a step with its retry can take. Without
    # it, Kubeflow passes 0, and nothing is ever retried.
    "backoffMaxDuration": f"{7 * 24 * 3_600}s",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """The resource request of one step.

    Attributes:
      cpus: how many it can keep busy.
      megabytes: of memory.
    """

    cpus: int
    megabytes: int


def request(node: BaseNode) -> Request:
    """What the step of `node` requests."""
    if isinstance(node, TRAINING):
        return Request(cpus=4, megabytes=4_500)
    if isinstance(node, BaseBeamComponent):
        return Request(cpus=2, megabytes=4_000)
    return Request(cpus=1, megabytes=2_000)


def resources(node: BaseNode, gpus: int) -> dict[str, Any]:
    """The `resources` of a step's container; GPUs are for those that train."""
    wanted = request(node)
    found: dict[str, Any] = {
        "resourceCpuRequest": str(wanted.cpus),
        "resourceMemoryRequest": f"{wanted.megabytes}M",
        "resourceMemoryLimit": f"{MEMORY_LIMIT * wanted.megabytes}M",
    }
    if gpus and isinstance(node, TRAINING):
        found["accelerator"] = {
            "resourceType": GPU,
            "resourceCount": str(gpus),
        }
    return found
