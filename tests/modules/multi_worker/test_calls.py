"""What several machines train now, from one to the others."""

import dataclasses
import json
from types import SimpleNamespace

import pytest

from modules.common.errors import UserError
from modules.multi_worker import calls

MODULE = "modules.caps"


def call():
    return calls.Call.of(
        MODULE,
        SimpleNamespace(
            train_files=["a", "b"],
            base_model="base",
            serving_model_dir="model",
            model_run_dir="model_run",
            hyperparameters={"values": {"x": 1}},
            custom_config={"seed": 3},
        ),
    )


def test_a_call_is_read_as_it_was_written(tmp_path):
    file = tmp_path / calls.FILE
    assert calls.read(file) is None
    written = call()
    file.write_text(json.dumps(dataclasses.asdict(written)))
    assert calls.read(file) == written


def test_no_call_is_another():
    assert call() != call()
    assert call().source == call().source


@pytest.mark.parametrize("text", ["", "[]", '{"module": "x"}', '{"other": 1}'])
def test_what_other_code_wrote_is_refused_in_one_line(tmp_path, text):
    file = tmp_path / calls.FILE
    file.write_text(text)
    with pytest.raises(UserError, match="expected the same commit") as error:
        calls.read(file)
    assert str(error.value).isprintable()
