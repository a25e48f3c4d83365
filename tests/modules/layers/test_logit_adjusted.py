"""LogitAdjustedCrossentropy: priors and smoothing."""

import keras
import numpy as np
import pytest

from modules.layers import LogitAdjustedCrossentropy


def test_equal_priors_are_plain_cross_entropy():
    logits = np.random.default_rng(0).standard_normal((6, 3)).astype("float32")
    labels = np.array([0, 1, 2, 0, 1, 2])
    plain = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    adjusted = LogitAdjustedCrossentropy([5, 5, 5])
    assert float(adjusted(labels, logits)) == pytest.approx(
        float(plain(labels, logits)), rel=1e-5
    )


def test_unequal_priors_are_added_to_the_logits():
    logits = np.zeros((1, 2), np.float32)
    loss = LogitAdjustedCrossentropy([3, 1])
    assert float(loss(np.array([1]), logits)) == pytest.approx(-np.log(0.25))


def test_label_smoothing_spreads_the_target():
    logits = np.array([[2.0, 0.0]], np.float32)
    log_p = logits - np.log(np.exp(logits).sum())
    loss = LogitAdjustedCrossentropy([1, 1], label_smoothing=0.2)
    expected = -(0.9 * log_p[0, 0] + 0.1 * log_p[0, 1])
    assert float(loss(np.array([0]), logits)) == pytest.approx(expected)


def test_a_class_without_images_is_named():
    with pytest.raises(ValueError, match="prior of label 1 is 0"):
        LogitAdjustedCrossentropy([3, 0])
