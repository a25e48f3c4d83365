"""The classifier's objective: every class counts the same."""

from types import SimpleNamespace

import numpy as np
import pytest

from modules.classifier import tuner
from modules.classifier.calibration import balanced_weights


def test_every_class_counts_the_same():
    labels = np.array([0] * 9 + [1])
    logits = np.tile([1.0, 0.0], (10, 1))
    model = SimpleNamespace(predict_on_batch=lambda _: logits)
    pixels = np.zeros((10, 4, 4, 3), np.uint8)
    found = tuner.correct(model, pixels, labels)
    assert found.tolist() == [1.0] * 9 + [0.0]
    assert balanced_weights(labels) @ found == pytest.approx(0.5)


def test_logits_that_are_no_numbers_have_no_accuracy():
    logits = np.full((2, 2), np.nan)
    model = SimpleNamespace(predict_on_batch=lambda _: logits)
    pixels, labels = np.zeros((2, 4, 4, 3), np.uint8), np.array([0, 1])
    assert np.isnan(tuner.correct(model, pixels, labels)).all()
