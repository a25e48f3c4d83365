"""Of Keras and TensorFlow, what the project sets and what the user may."""

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


ONEDNN = """
import sys
__import__(sys.argv[1])
from tensorflow.python.util import _pywrap_util_port as port
print(port.IsMklEnabled())
"""


@pytest.mark.parametrize(
    ("entry", "set_to", "expected"),
    [
        ("cli.main", None, "True"),
        ("kubeflow.step.entrypoint", None, "True"),
        ("ablation.tasks", None, "True"),
        ("cli.main", "0", "False"),
    ],
)
def test_onednn_is_used_unless_the_user_turns_it_off(entry, set_to, expected):
    environment = dict(os.environ)
    environment.pop("TF_ENABLE_ONEDNN_OPTS", None)
    if set_to is not None:
        environment["TF_ENABLE_ONEDNN_OPTS"] = set_to
    shown = subprocess.run(
        [sys.executable, "-c", ONEDNN, entry],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == [expected]
