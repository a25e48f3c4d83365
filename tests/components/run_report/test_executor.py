"""RunReport on small made artifacts: a model, images and two evaluations."""

import json
import re

import numpy as np
import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from components.pusher.executor import BLESSINGS
from components.run_report import artifacts, gallery, stored
from components.run_report.executor import Executor
from components.run_report.settings import SEARCHED, Settings
from components.serving_check.report import Report
from modules.common.errors import UserError
from modules.evaluation import image_metrics
from modules.evaluation.classification import score
from tests.support.components import inputs, made, tiny

CLASSES = len(tiny.CLASS_NAMES)
MODEL_JSON = {
    "model_name": "tiny",
    "class_names": tiny.CLASS_NAMES,
    "capped_classes": tiny.CAPPED,
    "caps": {"cat": 9, "dog": 5, "emu": 9, "fox": 5},
    "image_size": 32,
    "lineage": {
        "model_digest": "m",
        "data_digest": "d",
        "seed": 3,
        "sample": False,
    },
}
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


class Classifier(tiny.Classifier):
    """`tiny.Classifier` with a second signature, in 16 levels."""

    @tf.function(
        input_signature=[tf.TensorSpec([None, *tiny.SHAPE], tf.uint8, "pixels")]
    )
    def reconstruct(self, pixels):
        coarse = tf.cast(pixels // 16 * 16, tf.float32)
        return {"reconstruction": coarse / 255}


@pytest.fixture(scope="module")
def images():
    return tiny.images(count=40)


@pytest.fixture(scope="module")
def probabilities(images):
    pixels, _, weights = images
    return tiny.probabilities(pixels, weights)


@pytest.fixture(scope="module")
def root(tmp_path_factory, images, probabilities):
    """The inputs, each in a directory of its name."""
    root = tmp_path_factory.mktemp("inputs")
    pixels, labels, weights = images
    tiny.examples_artifact(root / "examples", pixels, labels)
    saved_model = root / "model" / "Format-Serving"
    module = Classifier(weights)
    signatures = {"serving_default": module.serve}
    signatures["reconstruct"] = module.reconstruct
    tf.saved_model.save(module, str(saved_model), signatures=signatures)
    (saved_model / "assets.extra").mkdir()
    text = json.dumps(MODEL_JSON)
    (saved_model / "assets.extra" / "model.json").write_text(text)
    inputs.write_transformed(root / "transformed_examples", [9, 5, 8, 5])
    autoencoder, classifier = made.CURVES
    inputs.write_training(root, "autoencoder", {"batch_size": 100}, autoencoder)
    inputs.write_training(root, "classifier", {"momentum": 0.9}, classifier)
    inputs.write_classifier_evaluation(
        root / "classifier_evaluation", score(labels, probabilities)
    )
    inputs.write_autoencoder_evaluation(root / "autoencoder_evaluation")
    Report(passed=(), problems=(), figures={}).write(root / "infra_blessing")
    inputs.write_outcome(root / "pushed_model", str(root), {})
    return root


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
    Report(passed=(), problems=("embed is missing",), figures={}).write(infra)
    name = "infra_blessing"
    inputs.write_outcome(pushed, "", {name: BLESSINGS[name]})
    found = run(root, tmp_path, infra_blessing=infra, pushed_model=pushed)
    page = (tmp_path / "report" / "report.html").read_text()
    assert "Not pushed" in page
    assert "embed is missing" in page
    assert found["metrics"].get_float_custom_property("pushed") == 0


@pytest.fixture(scope="module")
def pictures(root):
    return collect(root / "examples", root)[0]


def collect(examples, root):
    model = root / "model" / "Format-Serving"
    return gallery.collect(str(model), str(examples), CLASSES)


def test_the_first_image_of_each_class_is_reconstructed(pictures, images):
    pixels, labels, _ = images
    shown = pictures.reconstructions
    assert [picture.label for picture in shown] == list(range(CLASSES))
    for picture in shown:
        first = int(np.flatnonzero(labels == picture.label)[0])
        assert picture.key == f"test:{first:05d}"
        original, coarse = (
            tf.io.decode_png(png).numpy()
            for png in (picture.original, picture.reconstruction)
        )
        np.testing.assert_array_equal(original, pixels[first])
        np.testing.assert_array_equal(coarse, pixels[first] // 16 * 16)
        expected = image_metrics.psnr(original[None], coarse[None])[0]
        assert picture.psnr == pytest.approx(expected)


def test_the_errors_are_the_most_confident(pictures, images, probabilities):
    labels = images[1]
    best = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(best != labels)
    assert len(wrong) > 1
    surest = wrong[np.argsort(-probabilities.max(axis=1)[wrong])]
    shown = pictures.mistakes
    assert [m.key for m in shown] == [
        f"test:{index:05d}" for index in surest[: gallery.MISTAKES]
    ]
    for mistake, index in zip(shown, surest, strict=False):
        assert mistake.label == labels[index]
        assert mistake.predicted == best[index]
        assert mistake.probability == pytest.approx(
            probabilities[index].max(), rel=1e-4
        )


def test_each_class_has_errors_of_its_own(pictures, images, probabilities):
    labels, best = images[1], probabilities.argmax(axis=1)
    for label, shown in enumerate(pictures.errors):
        wrong = np.flatnonzero((best != labels) & (labels == label))
        ranked = wrong[np.argsort(-probabilities.max(axis=1)[wrong])]
        assert [e.key for e in shown] == [
            f"test:{index:05d}" for index in ranked[: gallery.ERRORS]
        ]


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


def test_without_test_images_there_is_no_report(root, tmp_path):
    (tmp_path / "Split-test").mkdir()
    with pytest.raises(UserError, match="no examples"):
        collect(tmp_path, root)
