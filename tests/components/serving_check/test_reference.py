"""The export is compared with the trained Keras model beside it."""

import dataclasses
import shutil

import pytest
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.serving_check.report import read_problems
from modules.export import metadata
from tests.support.components.checked import run


@pytest.mark.parametrize(
    "changed", [{"test_time_augmentation": "none"}, {"temperature": 2.5}]
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
