"""The compiled pipeline, run by the KFP SDK's own orchestrator.

Its walk over the DAG, its ExecutorInput and its handling of outputs are the
SDK's. The containers are processes of this Python instead of Docker's, and are
told what a cluster's launcher would tell them: see `quirky`.
"""

from __future__ import annotations

import subprocess
import sys

import docker
import pytest
from kfp import components, local
from kfp.local import docker_task_handler

from kubeflow.compile import COMMAND
from modules.evaluation import evaluations
from pipeline import configs
from tests.kubeflow.launcher import quirky

STEP = """
import pathlib, sys
from kubeflow import entrypoint
entrypoint.run(sys.argv[2:], pathlib.Path(sys.argv[1]))
"""

pytestmark = pytest.mark.timeout(1_200)


class NoDocker:
    """What the SDK asks of a Docker client, where there is none."""

    def info(self):
        return {}

    def close(self):
        pass


def containers(root):
    """The stand-in for Docker: processes to which `root` is `/`."""

    def run_container(client, image, command, volumes, **_):
        assert command[: len(COMMAND)] == list(COMMAND)
        arguments = quirky(command[len(COMMAND) :], root)
        return subprocess.run(
            [sys.executable, "-c", STEP, str(root), *arguments],
            check=False,
            stdout=sys.stderr,
        ).returncode

    return run_container


@pytest.fixture(scope="module")
def kubeflow_run(first_run, cifar10):
    """The directory of a run of the compiled YAML, on the local run's data."""
    base = first_run[0]
    yaml = base / "cifar10.yaml"
    arguments = ["--preset", "smoke", "--data", "sample"]
    arguments += ["--cache", base / "cache", "--serving", base / "kubeflow"]
    compiled = cifar10("kubeflow", "compile", *arguments, "--output", yaml)
    assert compiled.returncode == 0, compiled.stderr
    root = base / "container"
    bucket = root / "minio" / "bucket"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(docker, "from_env", NoDocker)
        patch.setattr(
            docker_task_handler, "run_docker_container", containers(root)
        )
        local.init(runner=local.DockerRunner(), pipeline_root=str(bucket))
        components.load_component_from_file(str(yaml))()
    (run,) = bucket.iterdir()
    return run


def test_a_model_is_pushed(kubeflow_run, first_run):
    (version,) = (first_run[0] / "kubeflow" / "cifar10_sample").iterdir()
    assert (version / "saved_model.pb").is_file()


@pytest.mark.parametrize(
    "evaluator", ["AutoencoderEvaluator", "ClassifierEvaluator"]
)
def test_the_models_are_as_good_as_the_local_runners(
    kubeflow_run, first_run, evaluator
):
    names = configs.smoke().dataset.class_names
    (directory,) = (
        first_run[0] / "root" / "artifacts" / evaluator / "evaluation"
    ).iterdir()
    expected = evaluations.load(str(directory), names)
    found = evaluations.load(
        str(kubeflow_run / evaluator / "evaluation"), names
    )
    # A figure that is not defined in a slice is NaN, which is not itself.
    exactly = pytest.approx(expected.figures, rel=0, abs=0, nan_ok=True)
    assert found.figures == exactly
    assert found.confusion == expected.confusion


def test_the_report_is_where_the_ui_reads_it(kubeflow_run):
    page = kubeflow_run / "RunReport" / "report" / "report.html"
    assert "<title>cifar10_sample: run report</title>" in page.read_text()
