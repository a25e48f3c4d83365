"""Which images set the temperature, and that they set the right one."""

import numpy as np
import pytest
from scipy import special

from modules.classifier import calibration
from modules.common.errors import UserError


@pytest.fixture
def split():
    """Labels and holdout of 900 images: 300, 150 and 450 a class, a tenth."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat([0, 1, 2], [300, 150, 450]))
    holdout = np.zeros(900, bool)
    for label, count in enumerate((30, 15, 45)):
        rows = rng.permutation(np.flatnonzero(labels == label))
        holdout[rows[:count]] = True
    return labels, holdout


def sampled_logits(count, temperature, seed=0, priors=None):
    """Logits [count, 5] that are true once divided by `temperature`."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 2, (count, 5))
    weights = special.softmax(true, axis=1)
    labels = (rng.random((count, 1)) > weights.cumsum(axis=1)).sum(axis=1)
    if priors is not None:
        kept = rng.random(count) < np.asarray(priors)[labels]
        true, labels = true[kept], labels[kept]
    return (temperature * true).astype(np.float32), labels


def weighted_nll(logits, labels, temperature):
    """Each class in equal parts, computed class by class."""
    log_p = special.log_softmax(logits.astype(float) / temperature, axis=1)
    of_true = log_p[np.arange(len(labels)), labels]
    return -np.mean([of_true[labels == c].mean() for c in np.unique(labels)])


class TestRows:
    def test_are_a_share_of_each_classs_holdout(self, split):
        labels, holdout = split

        chosen = calibration.calibration_rows(labels, holdout, 0.2)

        assert not (chosen & ~holdout).any()
        assert np.bincount(labels[chosen]).tolist() == [6, 3, 9]

    def test_are_at_least_one_of_each_class(self, split):
        labels, holdout = split

        chosen = calibration.calibration_rows(labels, holdout, 0.001)

        assert np.bincount(labels[chosen]).tolist() == [1, 1, 1]

    def test_are_the_same_every_time(self, split):
        first = calibration.calibration_rows(*split, 0.1)

        np.testing.assert_array_equal(
            first, calibration.calibration_rows(*split, 0.1)
        )

    def test_of_a_larger_share_are_more_of_the_same(self, split):
        less = calibration.calibration_rows(*split, 0.1)
        more = calibration.calibration_rows(*split, 0.5)

        assert (more | ~less).all()
        assert more.sum() > less.sum()

    def test_can_be_the_whole_holdout_or_none_of_it(self, split):
        labels, holdout = split

        everything = calibration.calibration_rows(labels, holdout, 1)

        np.testing.assert_array_equal(everything, holdout)
        assert not calibration.calibration_rows(labels, holdout, 0).any()

    def test_of_a_class_without_holdout_are_none(self, split):
        labels, holdout = split
        holdout &= labels != 1

        chosen = calibration.calibration_rows(labels, holdout, 0.2)

        assert np.bincount(labels[chosen]).tolist() == [6, 0, 9]

    @pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
    def test_are_a_share_from_0_to_1(self, split, share):
        with pytest.raises(UserError, match="calibration_share is"):
            calibration.calibration_rows(*split, share)


class TestTemperature:
    @pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
    def test_is_the_one_that_the_labels_were_drawn_with(self, temperature):
        logits, labels = sampled_logits(20_000, temperature)

        actual = calibration.fit_temperature(logits, labels)

        assert actual == pytest.approx(temperature, rel=0.03)

    def test_minimises_the_likelihood_of_equal_classes(self):
        logits, labels = sampled_logits(
            400, 1.7, priors=(1, 0.5, 1, 0.1, 1), seed=1
        )

        best = calibration.fit_temperature(logits, labels)

        at_best = weighted_nll(logits, labels, best)
        for other in (0.99 * best, 1.01 * best):
            assert at_best < weighted_nll(logits, labels, other)

    def test_does_not_depend_on_how_many_images_a_class_has(self):
        logits, labels = sampled_logits(300, 1.5)
        once = calibration.fit_temperature(logits, labels)
        twice = np.concatenate([np.arange(300), np.flatnonzero(labels == 2)])

        again = calibration.fit_temperature(logits[twice], labels[twice])

        assert again == pytest.approx(once)

    def test_of_images_that_are_all_right_is_the_lowest(self):
        logits = 3 * np.eye(4, dtype=np.float32)

        actual = calibration.fit_temperature(logits, np.arange(4))

        assert actual == calibration.MIN_TEMPERATURE

    def test_of_images_that_are_all_wrong_is_the_highest(self):
        logits = 3 * np.eye(4, dtype=np.float32)

        actual = calibration.fit_temperature(logits, (np.arange(4) + 1) % 4)

        assert actual == calibration.MAX_TEMPERATURE

    def test_of_diverged_logits_is_an_error_that_says_so(self):
        logits = np.zeros((3, 2), np.float32)
        logits[1, 0] = np.nan

        with pytest.raises(UserError, match=r"on 1 of 3 .* diverged"):
            calibration.fit_temperature(logits, np.array([0, 1, 0]))


class Linear:
    """A classifier of 2x2 images, in the place of a Keras model."""

    def __init__(self):
        self.weights = np.random.default_rng(0).normal(0, 0.005, (12, 3))

    def predict(self, pixels, batch_size, verbose):
        return pixels.reshape(-1, 12) @ self.weights


class TestCalibrate:
    @pytest.fixture
    def images(self):
        rng = np.random.default_rng(1)
        pixels = rng.integers(0, 256, (200, 2, 2, 3), np.uint8)
        odds = special.softmax(Linear().predict(pixels, 1, 0), axis=1)
        labels = (rng.random((200, 1)) > odds.cumsum(axis=1)).sum(axis=1)
        return pixels, labels

    def test_takes_the_logits_that_are_served(self, images):
        pixels, labels = images
        classifier = Linear()
        here = classifier.predict(pixels, 1, 0)
        mirrored = classifier.predict(pixels[:, :, ::-1], 1, 0)

        found = [
            calibration.calibrate(classifier, pixels, labels, augmentation)
            for augmentation in ("none", "flip")
        ]

        assert found == [
            calibration.fit_temperature(served, labels)
            for served in (here, (here + mirrored) / 2)
        ]
        assert found[0] != found[1]

    def test_without_images_leaves_the_probabilities_as_they_come(self, images):
        pixels, labels = images

        actual = calibration.calibrate(Linear(), pixels[:0], labels[:0], "flip")

        assert actual == 1.0
