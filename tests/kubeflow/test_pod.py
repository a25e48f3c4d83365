"""Steps in the double of a pod: retries, mounts, logs, defaults."""

import json

import pytest

from kubeflow.compiler.resources import RETRY_POLICY
from tests.support.kubeflow.pod import LOGS, MOUNTS, Pods, local, retries

TASK = "minio://bucket/run/Task"
DAY = 24 * 3_600


def executor_input(**more):
    def artifact(name, schema):
        uri = f"{TASK}/{name}"
        return {"artifacts": [{"name": name, "uri": uri, "type": schema}]}

    return {
        "inputs": {"parameterValues": {"given": "a"}},
        "outputs": {
            "artifacts": {
                "model": artifact("model", {"schemaTitle": "tfx.Model"}),
                LOGS: artifact(LOGS, {"schemaTitle": "system.Artifact"}),
            },
            "outputFile": f"{TASK}/output_metadata.json",
        },
        **more,
    }


@pytest.fixture
def pods(tmp_path):
    return Pods(tmp_path / "store", tmp_path / "pods", RETRY_POLICY)


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


def write(given, pod, text):
    model = local(pod, f"{TASK}/model")
    model.mkdir()
    (model / "saved_model.pb").write_text(text)
    with open(given["outputs"]["outputFile"], "w") as file:
        json.dump({}, file)


def test_a_step_of_a_day_that_fails_is_tried_again():
    arguments = {"attempts": 1, "seconds": DAY}
    assert retries(RETRY_POLICY, phase="Failed", **arguments)
    assert not retries(RETRY_POLICY, phase="Error", **arguments)
    assert not retries(RETRY_POLICY, phase="Failed", attempts=2, seconds=DAY)


def test_without_a_longest_duration_nothing_is():
    policy = {"maxRetryCount": 1, "backoffDuration": "30s"}
    assert not retries(policy, phase="Failed", attempts=1, seconds=0)


def test_a_second_attempt_finds_a_new_pod_and_the_same_input(pods, store):
    seen = []

    def start(given, pod, log):
        assert {each.name for each in pod.iterdir()} == set(MOUNTS)
        assert not local(pod, f"{TASK}/model").exists()
        seen.append(given["inputs"])
        log.write(f"attempt {len(seen)}\n".encode())
        write(given, pod, f"of attempt {len(seen)}")
        return 3 if len(seen) == 1 else 0

    assert pods.run("Task", executor_input(), start) == 0
    assert seen[0] == seen[1]
    model = local(store, f"{TASK}/model")
    assert (model / "saved_model.pb").read_text() == "of attempt 2"
    for index in (0, 1):
        logs = local(store, f"{TASK}/{LOGS}-{index}")
        assert logs.read_text() == f"attempt {index + 1}\n"


def test_of_a_step_that_fails_only_the_logs_are_kept(pods, store):
    def start(given, pod, log):
        write(given, pod, "half")
        return 137

    assert pods.run("Task", executor_input(), start) == 1
    assert {path.name for path in local(store, TASK).iterdir()} == {
        f"{LOGS}-0",
        f"{LOGS}-1",
    }


def test_parameters_that_are_not_given_have_the_components_defaults(pods):
    def start(given, pod, log):
        values = given["inputs"]["parameterValues"]
        return 0 if values == {"given": "a", "other": 1} else 1

    defaults = {"given": "b", "other": 1}
    assert pods.run("Task", executor_input(), start, defaults) == 0
