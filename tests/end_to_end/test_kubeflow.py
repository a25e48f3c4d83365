"""The compiled pipeline, run by the KFP SDK's own orchestrator.

Its walk over the DAG, its ExecutorInput and its handling of outputs are the
SDK's; only the containers are processes of this Python instead of Docker's.
"""

from __future__ import annotations

import json
import subprocess
import sys

import docker
import pytest
from kfp import components, local
from kfp.local import docker_task_handler

from pipeline import configs
from pipeline.results import read_result

pytestmark = pytest.mark.timeout(1_200)


class NoDocker:
    """What the SDK asks of a Docker client, where there is none."""

    def info(self):
        return {}

    def close(self):
        pass


def run_process(client, image, command, volumes, **_):
    """A container's command, as a process; the exit code."""
    assert image.startswith("tfx-cifar10:")
    return subprocess.run(
        [sys.executable, *command[1:]],
        check=False,
        stdout=sys.stderr,
    ).returncode


@pytest.fixture(scope="module")
def kubeflow_run(first_run, cifar10):
    """The directory of a run of the compiled YAML, on the local run's data."""
    base = first_run[0]
    yaml = base / "cifar10.yaml"
    arguments = ["--preset", "smoke", "--data", "sample"]
    arguments += ["--cache", base / "cache", "--serving", base / "kfp/serving"]
    compiled = cifar10("kubeflow", "compile", *arguments, "--output", yaml)
    assert compiled.returncode == 0, compiled.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(docker, "from_env", NoDocker)
        patch.setattr(docker_task_handler, "run_docker_container", run_process)
        local.init(
            runner=local.DockerRunner(),
            pipeline_root=str(base / "kfp" / "artifacts"),
        )
        components.load_component_from_file(str(yaml))()
    (run,) = (base / "kfp" / "artifacts").iterdir()
    return run


def test_a_model_is_pushed(kubeflow_run):
    serving = kubeflow_run.parents[1] / "serving"
    (version,) = (serving / "cifar10_sample").iterdir()
    assert (version / "saved_model.pb").is_file()


def test_the_model_is_as_good_as_the_local_runners(kubeflow_run, first_run):
    config = configs.for_sample(configs.smoke())
    names = config.dataset.class_names
    result = read_result(
        classifier_evaluation=str(
            kubeflow_run / "ClassifierEvaluator" / "evaluation"
        ),
        autoencoder_evaluation=str(
            kubeflow_run / "AutoencoderEvaluator" / "evaluation"
        ),
        pushed_model=str(kubeflow_run / "Pusher" / "pushed_model"),
        model_name=config.model_name,
        class_names=names,
        capped_classes=config.sampling.capped(names),
        sample=True,
    )
    log = min((first_run[0] / "root" / "logs").glob("*.json"))
    expected = json.loads(log.read_text())
    found = json.loads(result.to_json())
    assert found["accuracy"] == expected["accuracy"]
    assert found["classes"] == expected["classes"]
