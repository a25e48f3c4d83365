"""The classifier's figures are NumPy's, overall and by slice."""

import math

import numpy as np
import pytest
from tfx.types import standard_artifacts

from modules.evaluation import classification, prediction_files, reliability
from tests.support.components import tiny
from tests.support.components.evaluated import (
    OVERALL,
    classifier_config,
    evaluate,
    metrics,
    overall_plot,
)


@pytest.fixture(scope="module")
def outcome(data, tmp_path_factory):
    """The classifier's evaluation with an empty baseline."""
    baseline = standard_artifacts.Model()
    baseline.uri = str(tmp_path_factory.mktemp("baseline"))
    return evaluate(
        tmp_path_factory.mktemp("run"),
        data,
        data.classifier,
        classifier_config(),
        baseline,
    )


def test_is_blessed(outcome):
    _, blessing = outcome

    assert blessing.get_int_custom_property("blessed") == 1


def test_overall_scores_are_numpys(data, outcome):
    actual, scores = metrics(outcome[0]), data.scores
    names = ("accuracy", "top_2_accuracy", "macro_precision")
    names += ("macro_recall", "macro_f1", "ece", "nll")

    assert 0.5 < scores.accuracy < 1
    for name in names:
        tolerance = 1e-6 if name in ("ece", "nll") else 1e-9
        expected = pytest.approx(getattr(scores, name), abs=tolerance)
        assert actual[OVERALL, name, None] == expected
    assert actual[OVERALL, "example_count", None] == len(data.labels)


@pytest.mark.parametrize("name", ["precision", "recall", "auc"])
def test_scores_of_each_class_are_numpys(data, outcome, name):
    actual, scores = metrics(outcome[0]), data.scores

    for c in range(len(tiny.CLASS_NAMES)):
        expected = pytest.approx(getattr(scores, name)[c], abs=1e-9)
        assert actual[OVERALL, name, c] == expected


def test_slices_are_the_true_classes(data, outcome):
    actual = metrics(outcome[0])

    for c, recall in enumerate(data.scores.recall):
        expected = pytest.approx(recall)
        assert actual[(("label", c),), "accuracy", None] == expected
        assert math.isnan(actual[(("label", c),), "auc", c])


@pytest.mark.parametrize(("answer", "ids"), [("yes", [1, 3]), ("no", [0, 2])])
def test_slices_are_capped_and_uncapped(data, outcome, answer, ids):
    inside = np.isin(data.labels, ids)
    probabilities = tiny.probabilities(data.pixels, data.weights)
    expected = classification.score(data.labels[inside], probabilities[inside])

    actual = metrics(outcome[0])

    key = (("capped", answer),)
    assert actual[key, "example_count", None] == inside.sum()
    assert actual[key, "macro_recall", None] == pytest.approx(
        expected.macro_recall
    )
    assert actual[key, "ece", None] == pytest.approx(expected.ece, abs=1e-6)
    assert actual[key, "auc", ids[0]] == pytest.approx(
        expected.auc[ids[0]], abs=1e-9
    )


def test_the_confusion_matrix_is_the_plot_of_tfma(data, outcome):
    plot = overall_plot(
        outcome[0], "multi_class_confusion_matrix_at_thresholds"
    )
    (matrix,) = plot.matrices
    actual = np.zeros((4, 4))
    for entry in matrix.entries:
        cell = entry.actual_class_id, entry.predicted_class_id
        actual[cell] = entry.num_weighted_examples

    np.testing.assert_array_equal(actual, data.scores.confusion)


def test_the_reliability_curve_is_the_plot_of_tfma(data, outcome):
    plot = overall_plot(outcome[0], "calibration_histogram_buckets")

    edges = [b.lower_threshold_inclusive for b in plot.buckets]
    np.testing.assert_allclose(edges, reliability.EDGES[:-1])
    assert plot.buckets[-1].upper_threshold_exclusive > 1
    for bucket, expected in zip(
        plot.buckets, data.scores.reliability, strict=True
    ):
        assert bucket.num_weighted_examples.value == expected.count
        assert bucket.total_weighted_label.value == pytest.approx(
            expected.count * expected.accuracy
        )
        assert bucket.total_weighted_refined_prediction.value == pytest.approx(
            expected.count * expected.confidence, abs=1e-4
        )


def test_the_predictions_are_kept(data, outcome):
    found = prediction_files.read(outcome[0].uri, len(data.labels))

    assert found.names == [f"test:{i:05d}" for i in range(len(data.labels))]
    np.testing.assert_array_equal(found.labels, data.labels)
    np.testing.assert_allclose(
        found.probabilities,
        tiny.probabilities(data.pixels, data.weights),
        atol=1e-6,
    )


def test_of_two_models_the_candidates_predictions_are_kept(data, tmp_path):
    weights = tiny.images()[2]
    candidate = tiny.model_artifact(tmp_path / "c", tiny.Classifier(weights))

    evaluation, _ = evaluate(
        tmp_path, data, candidate, classifier_config(), data.classifier
    )

    found = prediction_files.read(evaluation.uri, len(data.labels))
    np.testing.assert_allclose(
        found.probabilities,
        tiny.probabilities(data.pixels, weights),
        atol=1e-6,
    )
