"""The classifier's scores, against definitions spelled out."""

import numpy as np
import pytest

from modules.evaluation import classification, reliability


@pytest.fixture
def predictions():
    """Labels and probabilities of 300 images of four classes, with ties."""
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, 300)
    logits = rng.normal(size=(300, 4)) + 1.5 * np.eye(4)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return labels, probabilities.round(2).astype(np.float32)


def test_confusion_counts_true_by_predicted(predictions):
    labels, probabilities = predictions
    expected = np.zeros((4, 4), int)
    np.add.at(expected, (labels, probabilities.argmax(1)), 1)

    scores = classification.score(labels, probabilities)

    np.testing.assert_array_equal(scores.confusion, expected)
    assert scores.example_count == 300


def test_scores_are_their_definitions(predictions):
    labels, probabilities = predictions
    predicted = probabilities.argmax(1)
    hit = predicted == labels
    precision = [hit[predicted == c].mean() for c in range(4)]
    recall = [hit[labels == c].mean() for c in range(4)]
    f1 = [2 * p * r / (p + r) for p, r in zip(precision, recall, strict=True)]

    scores = classification.score(labels, probabilities)

    assert scores.accuracy == pytest.approx(hit.mean())
    np.testing.assert_allclose(scores.precision, precision)
    np.testing.assert_allclose(scores.recall, recall)
    assert scores.macro_precision == pytest.approx(np.mean(precision))
    assert scores.macro_recall == pytest.approx(np.mean(recall))
    assert scores.macro_f1 == pytest.approx(np.mean(f1))
    curve = reliability.reliability(labels, probabilities)
    assert scores.reliability == curve
    assert scores.ece == reliability.expected_calibration_error(curve)
    assert scores.nll == reliability.negative_log_likelihood(
        labels, probabilities
    )


def test_auc_is_the_share_of_pairs_in_order(predictions):
    labels, probabilities = predictions

    scores = classification.score(labels, probabilities)

    for c in range(4):
        mine = probabilities[labels == c, c][:, None]
        others = probabilities[labels != c, c][None, :]
        pairs = (mine > others) + 0.5 * (mine == others)
        assert scores.auc[c] == pytest.approx(pairs.mean(), abs=1e-12)


def test_top_2_takes_the_first_of_equals():
    probabilities = np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])

    scores = classification.score(np.array([1, 2]), probabilities)

    assert scores.top_2_accuracy == 0.5


def test_macro_averages_run_over_the_classes_that_occur():
    probabilities = np.eye(3)[[0, 0, 1, 2]]

    scores = classification.score(np.array([0, 0, 1, 1]), probabilities)

    np.testing.assert_array_equal(scores.recall, [1, 0.5, 0])
    assert scores.macro_recall == 0.75
    assert scores.macro_precision == 1.0


def test_a_class_that_is_never_predicted_has_precision_0():
    scores = classification.score(np.array([0, 1]), np.eye(2)[[0, 0]])

    np.testing.assert_array_equal(scores.precision, [0.5, 0])
    np.testing.assert_array_equal(scores.f1, [2 / 3, 0])


def test_auc_of_a_class_alone_is_unknown():
    scores = classification.score(np.array([1, 1]), np.eye(2))

    assert np.isnan(scores.auc).all()


@pytest.mark.parametrize("label", [-1, 2])
def test_labels_outside_the_classes_are_refused(label):
    with pytest.raises(ValueError, match="classes are 0 to 1"):
        classification.score(np.array([label]), np.eye(2)[:1])
