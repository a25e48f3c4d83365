"""The compiled pipeline, run by the KFP SDK's own orchestrator.

Its walk over the DAG, its ExecutorInput and its handling of outputs are the
SDK's. The containers are processes of this Python instead of Docker's, and are
told what a cluster's launcher would tell them: see `quirky`.

The file is compiled for another run than the one that it is started for: other
preset, seed, images and place to push to. So what the run comes to is what its
parameters made of it.
"""

from __future__ import annotations

import subprocess
import sys

import docker
import pytest
from kfp import components, local
from kfp.local import docker_task_handler

from kubeflow.client import package as packages
from kubeflow.compiler.compile import COMMAND
from modules.evaluation import evaluations
from modules.export import metadata
from pipeline import presets
from tests.support import image_sets
from tests.support.kubeflow.launcher import quirky

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
def compiled(first_run, cifar10):
    """The file; with nothing in it as in the run to come."""
    base = first_run[0]
    file = base / "cifar10.yaml"
    dataset = presets.cpu().dataset
    image_sets.write_folder(
        base / "folder",
        classes=dataset.class_names,
        image_size=dataset.image_size,
    )
    arguments = ["--preset", "cpu", "--seed", "7", "--data", base / "folder"]
    arguments += ["--serving", base / "elsewhere", "--cache", base / "cache"]
    result = cifar10("kubeflow", "compile", *arguments, "--output", file)
    assert result.returncode == 0, result.stderr
    return file


@pytest.fixture(scope="module")
def kubeflow_run(first_run, compiled):
    """The directory of a run with the local run's parameters, on its data."""
    base = first_run[0]
    (images,) = (base / "cache").glob("sample-*")
    texts = ["preset=smoke", "seed=0", f"data_uri={images}"]
    texts += [f"push_destination={base / 'kubeflow'}"]
    parameters = packages.arguments(packages.read(compiled), texts)
    root = base / "container"
    bucket = root / "minio" / "bucket"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(docker, "from_env", NoDocker)
        patch.setattr(
            docker_task_handler, "run_docker_container", containers(root)
        )
        local.init(runner=local.DockerRunner(), pipeline_root=str(bucket))
        components.load_component_from_file(str(compiled))(**parameters)
    (run,) = bucket.iterdir()
    return run


def test_a_model_is_pushed(kubeflow_run, first_run):
    (version,) = (first_run[0] / "kubeflow" / "cifar10_sample").iterdir()
    assert (version / "saved_model.pb").is_file()
    assert not (first_run[0] / "elsewhere").exists()


def test_the_model_has_the_lineage_of_the_local_one(kubeflow_run, first_run):
    def lineage(serving):
        (version,) = (serving / "cifar10_sample").iterdir()
        return metadata.read(version).lineage.model_digest

    local_serving = first_run[0] / "root" / "serving"
    assert lineage(first_run[0] / "kubeflow") == lineage(local_serving)


@pytest.mark.parametrize(
    "evaluator", ["AutoencoderEvaluator", "ClassifierEvaluator"]
)
def test_the_models_are_as_good_as_the_local_runners(
    kubeflow_run, first_run, evaluator
):
    names = presets.smoke().dataset.class_names
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
