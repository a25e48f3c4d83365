"""Test-time augmentation: which views there are, and what is averaged."""

import typing

import numpy as np
import pytest
import tensorflow as tf

from modules.classifier import test_time
from modules.classifier.test_time import VIEWS, average
from modules.hparams import TestTimeAugmentation

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 5, 5, 3), np.uint8)
WEIGHTS = np.random.default_rng(1).normal(size=(75, 4))


def logits(pixels):
    """Depends on where each pixel is."""
    return np.asarray(pixels).reshape(len(pixels), 75) @ WEIGHTS


def airbench(pixels):
    """The six views as airbench94 writes them down."""

    def mirror(images):
        return 0.5 * logits(images) + 0.5 * logits(images[:, :, ::-1])

    padded = np.pad(pixels, ((0, 0), (1, 1), (1, 1), (0, 0)), "reflect")
    moved = [padded[:, :-2, :-2], padded[:, 2:, 2:]]
    return 0.5 * mirror(pixels) + 0.5 * np.mean(
        [mirror(each) for each in moved], axis=0
    )


EXPECTED = {
    "none": logits(PIXELS),
    "flip": (logits(PIXELS) + logits(PIXELS[:, :, ::-1])) / 2,
    "flip_translate": airbench(PIXELS),
}


def test_every_choice_has_views_whose_weights_are_one():
    assert VIEWS.keys() == set(typing.get_args(TestTimeAugmentation))
    for views in VIEWS.values():
        assert sum(view.weight for view in views) == 1
        assert views[0] == test_time.View(views[0].weight)
        assert len(set(views)) == len(views)


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("kind", [np.array, tf.constant], ids=["array", "tf"])
def test_the_mean_is_over_these_views(name, kind):
    found = average(logits, kind(PIXELS), name)
    np.testing.assert_allclose(found, EXPECTED[name], rtol=1e-12)


def test_arrays_stay_arrays_of_pixels():
    seen = []

    def note(pixels):
        seen.append(pixels)
        return logits(pixels)

    average(note, PIXELS, "flip_translate")
    assert len(seen) == 6
    for each in seen:
        assert isinstance(each, np.ndarray)
        assert each.dtype == np.uint8
        assert each.shape == PIXELS.shape
