"""Class imbalance: what each class's images weigh."""

import numpy as np
import pytest

from modules.classifier import objective
from modules.hparams import ClassifierParams
from tests.support.modules.bottleneck import PIXELS


def test_class_weights_are_inverse_to_the_counts_and_average_one():
    counts = np.array([6, 3, 0, 1])
    weights = objective.class_weights(counts)
    np.testing.assert_allclose(weights[[0, 1, 3]] * counts[[0, 1, 3]], 10 / 3)
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1)
    assert weights[2] == 0


def test_class_weights_reach_the_images_and_spare_the_reconstruction():
    params = ClassifierParams(
        encoder="joint", reconstruction_weight=1.0, imbalance="class_weights"
    )
    targets = objective.targets(params, np.array([2, 1, 1]))
    _, _, weights = targets(PIXELS[:3], np.array([0, 1, 2]))
    np.testing.assert_allclose(weights["logits"], [2 / 3, 4 / 3, 4 / 3])
    np.testing.assert_allclose(weights["reconstruction"], [1, 1, 1])
