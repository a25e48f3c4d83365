"""Reading what an exported model says about itself."""

import json
import subprocess
import sys

import pytest

from modules.common.errors import UserError
from modules.export import metadata

VALUES = {
    "class_names": ["cat", "dog", "emu"],
    "capped_classes": ["emu", "cat"],
    "lineage": {"model_digest": "abc"},
}


@pytest.fixture
def saved_model(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    (tmp_path / "assets.extra").mkdir()
    (tmp_path / metadata.MODEL_JSON).write_text(json.dumps(VALUES))
    return tmp_path


def test_reads_classes_caps_and_digest(saved_model):
    info = metadata.read(saved_model)

    assert info.class_names == ("cat", "dog", "emu")
    assert info.capped_ids == (2, 0)
    assert info.lineage.model_digest == "abc"


def test_reads_the_temperature(saved_model):
    path = saved_model / metadata.MODEL_JSON
    path.write_text(json.dumps({**VALUES, "temperature": 0.75}))

    assert metadata.read(saved_model).temperature == 0.75


def test_a_model_that_says_no_temperature_has_1(saved_model):
    assert metadata.read(saved_model).temperature == 1


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({}, "none"),
        ({"mirror_at_serving": False}, "none"),
        ({"mirror_at_serving": True}, "flip"),
        ({"test_time_augmentation": "flip_translate"}, "flip_translate"),
    ],
)
def test_earlier_models_say_only_whether_they_flip(
    saved_model, stated, expected
):
    path = saved_model / metadata.MODEL_JSON
    path.write_text(json.dumps({**VALUES, **stated}))

    assert metadata.read(saved_model).test_time_augmentation == expected


@pytest.mark.parametrize("views", ["ten_crops", 3, []])
def test_views_that_are_not_known_are_refused(saved_model, views):
    path = saved_model / metadata.MODEL_JSON
    path.write_text(json.dumps({**VALUES, "test_time_augmentation": views}))

    with pytest.raises(UserError, match=r"model\.json"):
        metadata.read(saved_model)


def test_a_directory_without_a_model_is_named(tmp_path):
    with pytest.raises(UserError, match=r"saved_model\.pb"):
        metadata.read(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"class_names": 3}'])
def test_an_unreadable_model_json_is_named(saved_model, text):
    (saved_model / metadata.MODEL_JSON).write_text(text)

    with pytest.raises(UserError, match=r"model\.json"):
        metadata.read(saved_model)


@pytest.mark.parametrize(
    "lineage",
    [[], "abc", {"model_digest": 1}, {"model_digest": "abc", "seed": "7"}],
)
def test_a_damaged_lineage_is_named(saved_model, lineage):
    broken = {**VALUES, "lineage": lineage}
    (saved_model / metadata.MODEL_JSON).write_text(json.dumps(broken))

    with pytest.raises(UserError, match=r"model\.json"):
        metadata.read(saved_model)


def test_a_capped_class_must_be_a_class(saved_model):
    broken = {**VALUES, "capped_classes": ["yak"]}
    (saved_model / metadata.MODEL_JSON).write_text(json.dumps(broken))

    with pytest.raises(UserError, match="yak"):
        metadata.read(saved_model)


def test_what_is_written_is_read_again(tmp_path):
    description = metadata.ModelDescription(
        model_name="cifar10",
        class_names=("cat", "dog"),
        capped_classes=("dog",),
        image_size=32,
        caps={"cat": 500, "dog": 250},
        temperature=0.75,
        test_time_augmentation="flip",
        lineage=metadata.ModelLineage(
            model_digest="m", data_digest="d", seed=3, sample=True
        ),
    )

    description.write(tmp_path)

    assert metadata.read_description(tmp_path) == description


def test_a_field_that_is_not_known_is_passed_over(saved_model):
    path = saved_model / metadata.MODEL_JSON
    path.write_text(json.dumps({**VALUES, "later": 1}))

    assert metadata.read(saved_model).lineage.model_digest == "abc"


def test_serving_reads_it_without_tensorflow():
    code = "import sys, modules.export.metadata as m; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )

    assert "modules.common.atomic" in found.stdout.split()
    assert "tensorflow" not in found.stdout.split()


def test_a_class_is_capped_if_the_cap_left_images_out():
    model = metadata.ModelDescription.from_dict(
        {**VALUES, "capped_classes": []}
    )
    first, second, *_ = model.class_names
    assert model.with_capped([0, 3]).capped_classes == (second,)
    assert model.with_capped([1]).capped_classes == (first,)
    assert model.with_capped([]).capped_classes == ()
