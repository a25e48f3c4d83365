"""How a run ended: from the workflow that Kubeflow keeps of it."""

import types

import pytest

from kubeflow.client.connection import Access, connection
from kubeflow.client.outcome import Outcome, failed_pods, outcome

STEP = "retry-metadata-0-3-retry-system-container-impl"
CODE = "main: Error (exit code 1)"


def pod(phase, message="", template=STEP, **more):
    found = {"type": "Pod", "phase": phase, "message": message}
    return found | {"templateName": template, **more}


def workflow(**nodes):
    return {"spec": {}, "status": {"nodes": nodes}}


@pytest.fixture
def ended(api, host):
    """The outcome of a run with this workflow."""

    def ask(found, *, history=()):
        api.workflow, api.history, api.states = found, list(history), ["FAILED"]
        with connection(Access(host=host)) as client:
            run = client.get_run("r")
            return outcome(client, run, cancelling=False)

    return ask


def test_terminating_leaves_a_deadline_of_nothing(ended):
    found = workflow(a=pod("Failed", CODE))
    found["spec"]["activeDeadlineSeconds"] = 0
    assert ended(found) is Outcome.CANCELLED


def test_or_a_state_in_the_runs_history(ended):
    history = ["RUNNING", "CANCELING", "FAILED"]
    assert ended(workflow(), history=history) is Outcome.CANCELLED


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (pod("Failed", CODE), Outcome.FAILED),
        (pod("Failed", f"{CODE}: error: no images"), Outcome.FAILED),
        (pod("Error", "pod deleted"), Outcome.INTERRUPTED),
        (
            pod("Failed", "The node was low on resource: memory."),
            Outcome.INTERRUPTED,
        ),
        (pod("Failed", "main: OOMKilled (exit code 137)"), Outcome.INTERRUPTED),
        (pod("Error", "init: Error (exit code 1)"), Outcome.INTERRUPTED),
        (
            pod("Failed", CODE, template="system-container-driver"),
            Outcome.INTERRUPTED,
        ),
    ],
)
def test_a_step_that_fails_by_itself_is_not_the_clusters_fault(
    ended, node, expected
):
    assert ended(workflow(a=node)) is expected


def test_one_such_step_is_enough(ended):
    nodes = {"a": pod("Error", "pod deleted"), "b": pod("Failed", CODE)}
    assert ended(workflow(**nodes)) is Outcome.FAILED


def test_without_a_workflow_it_has_failed(ended):
    assert ended({}) is Outcome.FAILED


@pytest.mark.parametrize("flag", [{}, {"nodeFlag": {"retried": True}}])
def test_only_the_last_attempt_counts(flag):
    nodes = {
        "retry": {"type": "Retry", "phase": "Failed", "children": ["a", "b"]},
        "a": pod("Error", "pod deleted", **flag),
        "b": pod("Failed", CODE, **flag),
    }
    if flag:
        # What the DAG runs next hangs on the retry's node too.
        nodes["retry"]["children"].append("next")
        nodes["next"] = {"type": "DAG", "phase": "Omitted"}
    (found,) = failed_pods(workflow(**nodes))
    assert found is nodes["b"]


def test_what_the_server_does_not_serve_is_no_workflow(api, host):
    run = types.SimpleNamespace(run_id="r/x", state="FAILED", state_history=[])
    with connection(Access(host=host)) as client:
        assert outcome(client, run, cancelling=False) is Outcome.FAILED
