"""The user's own settings of Keras change nothing here."""

import json
import os
import subprocess
import sys

import pytest

SHOW = """
import json, sys
__import__(sys.argv[1])
import keras
print(json.dumps([keras.config.backend(), keras.config.floatx(),
    keras.config.image_data_format(), keras.config.epsilon()]))
"""


@pytest.mark.parametrize(
    "entry", ["cli.main", "kubeflow.step.entrypoint", "modules.layers"]
)
def test_keras_is_set_by_the_project_alone(tmp_path, entry):
    (tmp_path / ".keras").mkdir()
    settings = {
        "floatx": "float16",
        "epsilon": 0.5,
        "backend": "jax",
        "image_data_format": "channels_first",
    }
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(settings))
    shown = subprocess.run(
        [sys.executable, "-c", SHOW, entry],
        env={**os.environ, "HOME": str(tmp_path), "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(shown.stdout.splitlines()[-1]) == [
        "tensorflow",
        "float32",
        "channels_last",
        1e-7,
    ]
