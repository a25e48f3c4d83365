"""Only what serves as it was trained is blessed, stamped and pushed."""

import dataclasses
import json
import pathlib
import shutil

import pytest
import tensorflow as tf
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.pusher.executor import Executor as Pusher
from components.serving_check import warm_up
from components.serving_check.check import check
from components.serving_check.executor import EXAMPLES, Executor
from components.serving_check.predict_requests import INPUTS, example
from components.serving_check.report import REPORT, read_problems
from modules.classifier import export
from modules.common.errors import UserError
from modules.export import decode, metadata
from tests.support.modules import exported

COUNT = EXAMPLES + 4


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """Test examples in two shards."""
    artifact = standard_artifacts.Examples()
    artifact.uri = str(tmp_path_factory.mktemp("examples"))
    folder = pathlib.Path(artifact.uri, "Split-test")
    folder.mkdir()
    images = exported.noise(COUNT)
    for shard in range(2):
        with tf.io.TFRecordWriter(str(folder / f"data-{shard}")) as writer:
            for pixels in images[shard::2]:
                writer.write(example(exported.encoded(pixels)))
    return artifact


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return model_artifact(tmp_path_factory.mktemp("sound"))


def model_artifact(directory):
    artifact = standard_artifacts.Model()
    artifact.uri = str(directory)
    exported.classifier(path_utils.serving_model_dir(artifact.uri))
    return artifact


def run(model, examples, directory):
    """Runs the executor; returns the blessing."""
    blessing = standard_artifacts.InfraBlessing()
    blessing.uri = str(directory / "blessing")
    inputs = {"model": [model], "examples": [examples]}
    Executor().Do(inputs, {"blessing": [blessing]}, {})
    return blessing


def push(model, infra_blessing, directory):
    """Runs Pusher where all else is blessed; returns what it says."""
    blessing = standard_artifacts.ModelBlessing()
    blessing.set_int_custom_property("blessed", 1)
    pushed = standard_artifacts.PushedModel()
    pushed.uri = str(directory / "pushed")
    Pusher().Do(
        {
            "model": [model],
            "model_blessing": [blessing],
            "autoencoder_blessing": [blessing],
            "infra_blessing": [infra_blessing],
        },
        {"pushed_model": [pushed]},
        {"push_destination": str(directory / "serving")},
    )
    return json.loads((directory / "pushed" / "push.json").read_text())


@pytest.fixture(scope="module")
def blessing(sound, examples, tmp_path_factory):
    return run(sound, examples, tmp_path_factory.mktemp("checked"))


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


def test_what_is_pushed_has_a_warm_up_request_for_each_use(
    sound, blessing, tmp_path
):
    version = push(sound, blessing, tmp_path)["destination"]
    found = [
        (
            request.model_spec.signature_name,
            request.inputs[INPUTS[request.model_spec.signature_name]]
            .tensor_shape.dim[0]
            .size,
        )
        for request in warm_up.read(version)
    ]
    assert found == [(s, n) for s in INPUTS for n in warm_up.BATCH_SIZES]
    model = pathlib.Path(path_utils.serving_model_dir(sound.uri))
    for file in filter(pathlib.Path.is_file, model.rglob("*")):
        copy = pathlib.Path(version, file.relative_to(model))
        assert copy.read_bytes() == file.read_bytes()


def test_a_pushed_model_can_be_checked_by_hand(blessing):
    report = check(path_utils.stamped_model_path(blessing.uri))
    assert report.problems == ()


def test_a_model_without_warm_up_requests_cannot(sound):
    with pytest.raises(UserError, match="expected a version"):
        check(path_utils.serving_model_dir(sound.uri))


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


@pytest.mark.parametrize(
    "changed", [{"mirror_at_serving": False}, {"temperature": 2.5}]
)
def test_an_export_that_differs_from_the_native_model_is_not_blessed(
    changed, sound, examples, tmp_path
):
    model = standard_artifacts.Model()
    model.uri = str(shutil.copytree(sound.uri, tmp_path / "model"))
    saved_model = path_utils.serving_model_dir(model.uri)
    description = metadata.read(saved_model)
    dataclasses.replace(description, **changed).write(saved_model)
    problems = read_problems(run(model, examples, tmp_path).uri)
    assert "from the trained model's" in problems[0]


def test_a_model_that_cannot_be_loaded_is_not_blessed(
    sound, examples, tmp_path
):
    model = standard_artifacts.Model()
    model.uri = str(shutil.copytree(sound.uri, tmp_path / "model"))
    variables = pathlib.Path(
        path_utils.serving_model_dir(model.uri), "variables"
    )
    shutil.rmtree(variables)
    (problem,) = read_problems(run(model, examples, tmp_path).uri)
    assert "cannot be loaded" in problem


def test_no_test_images_is_an_error(sound, tmp_path):
    empty = standard_artifacts.Examples()
    empty.uri = str(tmp_path / "examples")
    with pytest.raises(UserError, match="expects test images"):
        run(sound, empty, tmp_path)


def test_nothing_of_the_project_is_at_hand_in_the_process():
    from components.serving_check.probe import NotHere

    with pytest.raises(ModuleNotFoundError):
        NotHere.find_spec("modules.layers")
    assert NotHere.find_spec("numpy") is None
