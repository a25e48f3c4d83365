"""The test images of the report: which ones are shown, and how."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

from components.run_report import gallery
from modules.common.errors import UserError
from modules.evaluation import image_metrics, prediction_files
from tests.support.components import tiny

CLASSES = len(tiny.CLASS_NAMES)


@pytest.fixture(scope="module")
def pictures(root):
    return collect(root, root / "examples")


def collect(root, examples):
    predictions = prediction_files.read(
        str(root / "classifier_evaluation"), expected=40
    )
    model = root / "model" / "Format-Serving"
    return gallery.collect(str(model), str(examples), predictions)


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


def test_an_image_that_is_gone_is_named(root, tmp_path):
    split = tmp_path / "Split-test"
    split.mkdir()
    shutil.copy(root / "examples" / "Split-test" / "data-1", split)
    with pytest.raises(UserError, match="contains no test image 'test:00000'"):
        collect(root, tmp_path)
