"""Only what serves as it was trained is blessed, stamped and pushed."""

import json
import pathlib

import pytest
import tensorflow as tf
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.serving_check.executor import EXAMPLES
from components.serving_check.predict_requests import INPUTS
from components.serving_check.report import REPORT, read_problems
from modules.classifier import export
from modules.common.errors import UserError
from modules.export import decode
from tests.support.components.checked import model_artifact, push, run


def test_a_sound_model_is_blessed(blessing):
    assert read_problems(blessing.uri) == ()
    assert blessing.get_int_custom_property("blessed") == 1


def test_the_report_says_what_was_checked_and_how_fast_it_is(blessing):
    report = json.loads(pathlib.Path(blessing.uri, REPORT).read_text())
    assert report["blessed"]
    for signature in INPUTS:
        assert f"{signature} on {EXAMPLES} test images" in report["passed"]
        assert f"{signature} on 1 test image" in report["passed"]
    assert "an animated GIF in a batch" in report["passed"]
    assert set(report["figures"]) == {
        "single_image_p50_ms",
        "single_image_p99_ms",
        "batch_32_images_per_second",
    }


def colours_swapped(self, image_bytes):
    pixels = decode.decode_images(image_bytes, self._size)
    return self._answer(pixels[..., ::-1])


def names_shifted(self, image_bytes):
    answer = self._answer(decode.decode_images(image_bytes, self._size))
    names = tf.roll(tf.constant(self._class_names), 1, 0)
    return {**answer, "class_name": tf.gather(names, answer["class_id"])}


def bad_images_passed_over(self, image_bytes):
    images = tf.where(image_bytes == b"", image_bytes[0], image_bytes)
    return self._answer(decode.decode_images(images, self._size))


def outputs_renamed(self, image_bytes):
    answer = self._answer(decode.decode_images(image_bytes, self._size))
    return {"scores": answer["probabilities"]}


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (colours_swapped, "serving_bytes on 96 test images: a probability is"),
        (names_shifted, "class_name is not the name of class_id"),
        (bad_images_passed_over, "empty bytes in a batch: it was answered"),
        (outputs_renamed, "serving_bytes gives {'scores': 'float32'}"),
    ],
)
def test_a_broken_signature_is_not_pushed_and_says_why(
    broken, told, examples, tmp_path, monkeypatch
):
    monkeypatch.setattr(export._Endpoints, "serving_bytes", broken)
    model = model_artifact(tmp_path / "model")

    blessing = run(model, examples, tmp_path)

    assert told in read_problems(blessing.uri)[0]
    assert blessing.get_int_custom_property("blessed") == 0
    assert not pathlib.Path(
        path_utils.stamped_model_path(blessing.uri)
    ).exists()
    outcome = push(model, blessing, tmp_path)
    assert outcome["destination"] == ""
    assert list(outcome["refused"]) == ["infra_blessing"]


def test_no_test_images_is_an_error(sound, tmp_path):
    empty = standard_artifacts.Examples()
    empty.uri = str(tmp_path / "examples")
    with pytest.raises(UserError, match="expects test images"):
        run(sound, empty, tmp_path)
