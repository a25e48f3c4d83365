"""What ends the process that serves the model is a finding, not an error."""

import pathlib
import shutil

from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.serving_check.report import read_problems
from tests.support.components.checked import run


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
