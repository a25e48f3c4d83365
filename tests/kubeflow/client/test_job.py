"""What a run is called, and what its pods are labelled with."""

import datetime

import pytest
import yaml

from kubeflow.client.job import Job
from tests.kubeflow.conftest import COMMIT

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5)


@pytest.fixture
def job(package):
    return Job(package=package, arguments={"seed": 7})


def test_a_run_is_called_after_what_it_does(job):
    name = f"cifar10 cpu seed 7 {COMMIT[:8]} 2026-01-02 03:04:05"
    assert job.run_name(NOW) == name


def test_the_pods_labels_are_those_of_the_run(job):
    with job.labelled_file() as file:
        spec, platform = yaml.safe_load_all(file.read_text())
    original, _ = yaml.safe_load_all(job.package.file.read_text())
    assert spec == original
    (executor,) = platform["platforms"]["kubernetes"]["deploymentSpec"][
        "executors"
    ].values()
    assert executor["podMetadata"]["labels"] == {
        "app.kubernetes.io/name": "cifar10",
        "tfx-cifar10/preset": "cpu",
        "tfx-cifar10/seed": "7",
        "tfx-cifar10/commit": COMMIT,
    }


def test_an_experiment_is_the_pipelines_unless_it_is_named(job, package):
    assert job.experiment_name == "cifar10"
    named = Job(package=package, arguments={}, experiment="mine")
    assert named.experiment_name == "mine"
