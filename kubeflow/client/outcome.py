"""How a run on a cluster ended, and why.

Kubeflow Pipelines knows less than its users want: it reports a cancelled run as
FAILED, and a step whose node died like one whose code raised. Both can be told
from the Argo workflow behind the run, which the API's first version serves.
Read in kubeflow/pipelines 2.3 to 2.17 and argo-workflows 4.0.5:

* Cancelling sets the workflow's `activeDeadlineSeconds` to 0 (KFP,
  backend/src/common/util/execution_spec.go, `GetTerminatePatch`), and nothing
  else does.
* A pod of a node is in phase `Error` if it was deleted, did not start, or one
  of Argo's own containers failed, and in phase `Failed` with the message
  `main: REASON (exit code N)` if the step's container ended by itself
  (Argo, workflow/controller/operator.go, `inferFailedReason`); eviction and
  preemption are `Failed` with a message of the kubelet's.
* A step's container has the template `…system-container-impl`, Kubeflow's own
  pods have others (KFP, backend/src/v2/compiler/argocompiler/container.go).
* Our entrypoint exits with 1 where a step fails, and so does the launcher
  around it, also if it cannot upload; a container that is killed has another.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import kfp
import kfp_server_api

CANCELLING = "CANCELING"
SUCCEEDED = "SUCCEEDED"

_STEP = "system-container-impl"
_OWN_FAILURE = re.compile(r"main: .*\(exit code 1\)", re.DOTALL)


class Outcome(enum.Enum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "failed by the cluster"


def outcome(client: kfp.Client, run: Any, *, cancelling: bool) -> Outcome:
    """How `run`, which has ended, ended.

    Args:
      client: of the cluster.
      run: as the API's second version has it.
      cancelling: whether it has been seen to be cancelled.
    """
    if run.state == SUCCEEDED:
        return Outcome.SUCCEEDED
    states = [run.state, *(each.state for each in run.state_history or ())]
    if cancelling or {CANCELLING, "CANCELED"} & set(states):
        return Outcome.CANCELLED
    workflow = _workflow(client, run.run_id)
    if workflow.get("spec", {}).get("activeDeadlineSeconds") == 0:
        return Outcome.CANCELLED
    failed = list(failed_pods(workflow))
    if failed and not any(map(_failed_by_itself, failed)):
        return Outcome.INTERRUPTED
    return Outcome.FAILED


def _workflow(client: kfp.Client, run_id: str) -> Any:
    """The Argo workflow of a run, or nothing where the API does not serve it.

    The generated client has the API's second version only.
    """
    try:
        answer = client._run_api.api_client.call_api(
            f"/apis/v1beta1/runs/{run_id}",
            "GET",
            response_type="object",
            auth_settings=["Bearer"],
            _return_http_data_only=True,
        )
        manifest = answer["pipeline_runtime"]["workflow_manifest"]
        return json.loads(manifest)
    except (kfp_server_api.ApiException, LookupError, TypeError, ValueError):
        return {}


def failed_pods(workflow: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The nodes of the pods that failed and were not replaced by a retry."""
    nodes = workflow.get("status", {}).get("nodes", {})
    replaced = {
        attempt
        for node in nodes.values()
        if node.get("type") == "Retry"
        for attempt in _attempts(node, nodes)[:-1]
    }
    for name, node in nodes.items():
        failed = node.get("phase") in ("Failed", "Error")
        if failed and node.get("type") == "Pod" and name not in replaced:
            yield node


def _attempts(
    retry: Mapping[str, Any], nodes: Mapping[str, Any]
) -> Sequence[str]:
    """The children of a Retry node that are attempts, in order.

    Argo has marked them since 3.5; before, there were no others.
    """
    children = retry.get("children", [])
    marked = [
        child
        for child in children
        if nodes.get(child, {}).get("nodeFlag", {}).get("retried")
    ]
    return marked or children


def _failed_by_itself(pod: Mapping[str, Any]) -> bool:
    """Whether a step's own code ended it; submitting again would not help."""
    return (
        pod["phase"] == "Failed"
        and str(pod.get("templateName", "")).endswith(_STEP)
        and bool(_OWN_FAILURE.match(pod.get("message", "")))
    )
