"""Confidence against accuracy, by hand and against sums spelled out."""

import math

import numpy as np
import pytest

from modules.evaluation import reliability
from modules.evaluation.reliability import ReliabilityBin


def two_classes(*confidences):
    """Probabilities [N, 2] that predict class 0 with these confidences."""
    first = np.array(confidences)
    return np.stack([first, 1 - first], axis=1)


def test_a_bin_has_its_images_confidence_and_accuracy():
    probabilities = two_classes(0.95, 0.97, 0.99, 0.61)
    labels = np.array([0, 0, 1, 0])

    curve = reliability.reliability(labels, probabilities)

    assert len(curve) == 15
    assert curve[14] == ReliabilityBin(
        count=3, confidence=pytest.approx(0.97), accuracy=pytest.approx(2 / 3)
    )
    assert curve[9] == ReliabilityBin(count=1, confidence=0.61, accuracy=1.0)
    assert sum(b.count for b in curve) == 4


def test_an_empty_bin_is_zeros():
    curve = reliability.reliability(np.array([0]), two_classes(0.9))

    assert curve[0] == ReliabilityBin(count=0, confidence=0.0, accuracy=0.0)


@pytest.mark.parametrize(
    ("confidence", "bin_"),
    [(1.0, 14), (14 / 15, 14), (0.6, 9), (0.5999, 8), (0.5, 7)],
)
def test_a_bin_begins_at_its_lower_edge_and_the_last_holds_1(confidence, bin_):
    curve = reliability.reliability(np.array([0]), two_classes(confidence))

    assert [b.count for b in curve].index(1) == bin_


def test_a_confidence_rounded_to_more_than_1_is_in_the_last_bin():
    probabilities = np.array([[np.nextafter(np.float32(1), np.float32(2)), 0]])

    curve = reliability.reliability(np.array([0]), probabilities)

    assert curve[14].count == 1


def test_ece_by_hand():
    probabilities = two_classes(0.95, 0.97, 0.99, 0.61)
    labels = np.array([0, 0, 1, 0])
    # |2/3 - 0.97| on three images and |1 - 0.61| on one.
    expected = 3 / 4 * (0.97 - 2 / 3) + 1 / 4 * 0.39

    curve = reliability.reliability(labels, probabilities)

    assert reliability.expected_calibration_error(curve) == pytest.approx(
        expected
    )


def test_ece_of_right_and_certain_is_0_and_of_wrong_and_certain_1():
    for label, expected in ((0, 0.0), (1, 1.0)):
        curve = reliability.reliability(
            np.full(5, label), two_classes(*[1] * 5)
        )
        assert reliability.expected_calibration_error(curve) == expected


def test_ece_is_its_definition_image_by_image():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(10, 0.2), 2_000)
    labels = rng.integers(0, 10, 2_000)
    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == labels
    expected = 0.0
    for i in range(15):
        inside = (confidence >= i / 15) & (confidence < (i + 1) / 15)
        if inside.any():
            gap = abs(hit[inside].mean() - confidence[inside].mean())
            expected += inside.mean() * gap

    curve = reliability.reliability(labels, probabilities)

    assert reliability.expected_calibration_error(curve) == pytest.approx(
        expected
    )


def test_probabilities_that_are_true_have_a_small_ece():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(4, 0.3), 50_000)
    labels = (rng.random((50_000, 1)) > probabilities.cumsum(axis=1)).sum(
        axis=1
    )

    curve = reliability.reliability(labels, probabilities)

    assert reliability.expected_calibration_error(curve) < 0.01


def test_nll_is_the_mean_of_minus_log():
    actual = reliability.negative_log_likelihood(
        np.array([0, 1]), two_classes(0.5, 0.75)
    )

    assert actual == pytest.approx((math.log(2) + math.log(4)) / 2)


def test_nll_of_a_probability_of_0_is_finite():
    actual = reliability.negative_log_likelihood(
        np.array([1]), np.eye(2, dtype=np.float32)[:1]
    )

    assert actual == pytest.approx(87.34, abs=0.01)
