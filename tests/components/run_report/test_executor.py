"""What RunReport puts out, from small made artifacts."""

import json
import re

import numpy as np
import pytest
from tfx.types import standard_artifacts

from components.pusher.executor import BLESSINGS
from components.run_report import artifacts, stored
from components.run_report.executor import Executor
from components.run_report.settings import SEARCHED, Settings
from components.serving_check.report import CheckReport
from modules.evaluation.classification import score
from tests.support.components import inputs, made, tiny

SETTINGS = Settings(
    preset="cpu",
    gates=made.REPORT.gates,
    hyperparameters={
        "autoencoder": {"epochs": 2, "batch_size": 100},
        "classifier": {"epochs": 24, "momentum": 0.85},
    },
    origins={
        "autoencoder": {"epochs": "preset cpu", "batch_size": "preset cpu"},
        "classifier": {"epochs": "preset cpu", "momentum": "preset cpu"},
    },
    searched=("classifier",),
)


def run(root, outputs, **uris):
    """Runs the executor; its output artifacts by key."""
    types = {
        "model": standard_artifacts.Model,
        "examples": standard_artifacts.Examples,
        "transformed_examples": standard_artifacts.Examples,
        "autoencoder_run": standard_artifacts.ModelRun,
        "autoencoder_hyperparameters": standard_artifacts.HyperParameters,
        "classifier_run": standard_artifacts.ModelRun,
        "classifier_hyperparameters": standard_artifacts.HyperParameters,
        "classifier_evaluation": standard_artifacts.ModelEvaluation,
        "autoencoder_evaluation": standard_artifacts.ModelEvaluation,
        "infra_blessing": standard_artifacts.InfraBlessing,
        "pushed_model": standard_artifacts.PushedModel,
        "data_profile": standard_artifacts.ExampleStatistics,
    }
    given, put_out = {}, {}
    for name, artifact_type in types.items():
        given[name] = [artifact_type()]
        given[name][0].uri = str(uris.get(name, root / name))
    for name, artifact_type in (
        ("report", artifacts.Html),
        ("metrics", artifacts.Metrics),
        ("confusion_matrix", artifacts.ClassificationMetrics),
    ):
        put_out[name] = [artifact_type()]
        put_out[name][0].uri = str(outputs / name)
    Executor().Do(given, put_out, {"settings": SETTINGS.to_json()})
    return {name: found for name, (found,) in put_out.items()}


@pytest.fixture(scope="module")
def outputs(root, tmp_path_factory):
    directory = tmp_path_factory.mktemp("outputs")
    return directory, run(root, directory)


def test_the_report_is_a_page_about_this_model(outputs, images, probabilities):
    page = (outputs[0] / "report" / "report.html").read_text()
    accuracy = (probabilities.argmax(axis=1) == images[1]).mean()
    assert "<title>tiny: run report</title>" in page
    assert f"{accuracy:.4f}" in page
    assert "Blessed and pushed" in page
    assert re.search(r"from\s+27 sampled training images", page)


def test_the_metrics_are_numbers_in_metadata_and_file(outputs, root):
    directory, artifacts_ = outputs
    metrics = artifacts_["metrics"]
    written = json.loads((directory / "metrics" / "metrics.json").read_text())
    assert written["test_images"] == 40
    properties = metrics.mlmd_artifact.custom_properties
    assert properties.keys() == written.keys()
    for name, value in written.items():
        assert properties[name].double_value == value


def test_the_confusion_matrix_is_in_metadata_and_file(
    outputs, images, probabilities
):
    directory, artifacts_ = outputs
    matrix = artifacts_["confusion_matrix"]
    counts = score(images[1], probabilities).confusion
    found = matrix.get_json_value_custom_property("confusionMatrix")
    rows = [row["row"] for row in found["rows"]]
    assert rows == counts.tolist()
    names = [spec["displayName"] for spec in found["annotationSpecs"]]
    assert names == list(tiny.CLASS_NAMES)
    file = directory / "confusion_matrix" / "confusion_matrix.json"
    assert json.loads(file.read_text()) == found


def test_a_model_that_was_not_pushed_is_reported_too(root, tmp_path):
    infra, pushed = tmp_path / "infra", tmp_path / "pushed"
    CheckReport(passed=(), problems=("embed is missing",), figures={}).write(
        infra
    )
    name = "infra_blessing"
    inputs.write_outcome(pushed, "", {name: BLESSINGS[name]})
    found = run(root, tmp_path, infra_blessing=infra, pushed_model=pushed)
    page = (tmp_path / "report" / "report.html").read_text()
    assert "Not pushed" in page
    assert "embed is missing" in page
    assert found["metrics"].get_float_custom_property("pushed") == 0


def test_the_predictions_of_all_images_are_kept(outputs, images, probabilities):
    kept = stored.read(outputs[0] / "report").predictions
    labels, predicted = kept.arrays()
    np.testing.assert_array_equal(labels, images[1])
    np.testing.assert_array_equal(predicted, probabilities.argmax(axis=1))


def test_the_report_knows_how_the_models_were_trained(outputs):
    report = stored.read(outputs[0] / "report")
    assert report.curves == made.CURVES
    found = {
        (h.model, h.name): (h.value, h.origin) for h in report.hyperparameters
    }
    assert found == {
        ("autoencoder", "epochs"): (2, "preset cpu"),
        ("autoencoder", "batch_size"): (100, "preset cpu"),
        ("classifier", "epochs"): (24, "preset cpu"),
        ("classifier", "momentum"): (0.9, SEARCHED),
    }


def test_the_report_counts_the_images(outputs):
    counts = stored.read(outputs[0] / "report").counts
    dog = counts["dog"]
    assert (dog.available, dog.cap, dog.sampled, dog.holdout) == (7, 5, 5, 1)
    assert sum(c.test for c in counts.values()) == 40
