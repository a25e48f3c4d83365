"""Linear probe and k-NN, on features whose classes are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from ablation import probe

RNG = np.random.default_rng(0)


def blobs(count, spread=0.5, size=6):
    """Three classes around points of their own."""
    centres = 3 * np.eye(3, size)
    labels = RNG.integers(0, 3, count)
    noise = spread * RNG.normal(size=(count, size))
    return (centres[labels] + noise).astype(np.float32), labels


@pytest.mark.parametrize("classify", [probe.nearest, probe.linear])
def test_what_is_apart_is_told_apart(classify):
    (train, labels), (others, expected) = blobs(300), blobs(100)
    assert (classify(train, labels, others) == expected).mean() > 0.97


@pytest.mark.parametrize("classify", [probe.nearest, probe.linear])
def test_features_of_nothing_are_guesses(classify):
    train, others = (
        RNG.normal(size=(n, 6)).astype("float32") for n in (300, 600)
    )
    labels, expected = RNG.integers(0, 3, 300), RNG.integers(0, 3, 600)
    assert 0.2 < (classify(train, labels, others) == expected).mean() < 0.47


def test_the_nearest_is_the_one_of_the_same_direction():
    train = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    others = np.array([[9, 1], [-0.1, 0.9], [-5, -1]], np.float32)
    found = probe.nearest(train, np.array([2, 0, 1]), others, count=1)
    assert found.tolist() == [2, 0, 1]


def test_the_linear_probe_finds_the_likeliest_classifier():
    """On one feature of two classes, the threshold is at the middle."""
    train = np.concatenate([RNG.normal(m, 1, (400, 1)) for m in (0, 4)])
    labels = np.repeat([0, 1], 400)
    grid = np.linspace(-2, 6, 161, dtype=np.float32)[:, None]
    found = probe.linear(train.astype(np.float32), labels, grid)
    assert grid[found.argmax()] == pytest.approx(2.0, abs=0.4)


def test_a_rare_class_counts_the_same():
    train = np.concatenate(
        [RNG.normal(0, 1, (900, 1)), RNG.normal(2, 1, (100, 1))]
    ).astype(np.float32)
    labels = np.repeat([0, 1], [900, 100])
    grid = np.linspace(-2, 4, 121, dtype=np.float32)[:, None]
    found = probe.linear(train, labels, grid)
    assert grid[found.argmax()] == pytest.approx(1.0, abs=0.35)


def test_features_are_means_over_a_grid():
    hidden = RNG.random((5, 8, 8, 3)).astype(np.float32)
    encoder = SimpleNamespace(predict_on_batch=lambda pixels: hidden)
    found = probe.features(encoder, np.zeros((5, 8, 8, 3), np.uint8), side=2)
    assert found.shape == (5, 12)
    np.testing.assert_allclose(
        found[:, 3:6], hidden[:, :4, 4:].mean(axis=(1, 2)), rtol=1e-5
    )
    whole = probe.features(encoder, np.zeros((5, 8, 8, 3), np.uint8), side=8)
    np.testing.assert_array_equal(whole, hidden.reshape(5, -1))


def test_features_are_standardised_by_those_trained_on():
    train = RNG.normal(5, 3, (200, 2)).astype(np.float32)
    train[:, 1] = 7
    first, second = probe.standardised(train, train[:9] + 3)
    np.testing.assert_allclose(first[:, 0].mean(), 0, atol=1e-5)
    np.testing.assert_allclose(first[:, 0].std(), 1, rtol=1e-5)
    np.testing.assert_allclose(
        second[:, 0] - first[:9, 0], 3 / train[:, 0].std(), rtol=1e-4
    )
    assert not second[:, 1].any()
