"""Reading what an exported model says about itself."""

import json

import pytest

from modules.common.errors import UserError
from modules.evaluation import model_info

VALUES = {
    "class_names": ["cat", "dog", "emu"],
    "capped_classes": ["emu", "cat"],
    "lineage": {"model_digest": "abc"},
}


@pytest.fixture
def saved_model(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    (tmp_path / "assets.extra").mkdir()
    (tmp_path / model_info.MODEL_JSON).write_text(json.dumps(VALUES))
    return tmp_path


def test_reads_classes_caps_and_digest(saved_model):
    info = model_info.read(saved_model)

    assert info.class_names == ("cat", "dog", "emu")
    assert info.capped_ids == (2, 0)
    assert info.model_digest == "abc"


def test_reads_the_temperature(saved_model):
    path = saved_model / model_info.MODEL_JSON
    path.write_text(json.dumps({**VALUES, "temperature": 0.75}))

    assert model_info.read(saved_model).temperature == 0.75


def test_a_model_that_says_no_temperature_has_1(saved_model):
    assert model_info.read(saved_model).temperature == 1


def test_a_directory_without_a_model_is_named(tmp_path):
    with pytest.raises(UserError, match=r"saved_model\.pb"):
        model_info.read(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"class_names": 3}'])
def test_an_unreadable_model_json_is_named(saved_model, text):
    (saved_model / model_info.MODEL_JSON).write_text(text)

    with pytest.raises(UserError, match=r"model\.json"):
        model_info.read(saved_model)


def test_a_capped_class_must_be_a_class(saved_model):
    broken = {**VALUES, "capped_classes": ["yak"]}
    (saved_model / model_info.MODEL_JSON).write_text(json.dumps(broken))

    with pytest.raises(UserError, match="yak"):
        model_info.read(saved_model)
