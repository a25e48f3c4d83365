"""The compiled pipeline, run by the KFP SDK's own orchestrator.

The containers are processes, each in a pod's file system of its own.

The file is compiled for another preset, seed, data set and push destination
than the run has, so the results show that its parameters took effect.
"""

from __future__ import annotations

import pytest

from benchmarks import figures
from kubeflow.client import package as packages
from modules.evaluation import evaluations
from modules.export import metadata
from pipeline import presets
from tests.support import image_sets
from tests.support.kubeflow import orchestrator


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
    return orchestrator.run(compiled, parameters, base / "container")


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
    assert figures.differing(found.figures, expected.figures) == []
    assert found.confusion == expected.confusion


def test_the_report_is_where_the_ui_reads_it(kubeflow_run):
    page = kubeflow_run / "RunReport" / "report" / "report.html"
    assert "<title>cifar10_sample: run report</title>" in page.read_text()
