"""All that is Keras in the models also trains on its JAX backend."""

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.support.modules import on_jax

RUN = """
import sys

class NoTensorFlow:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ModuleNotFoundError(f"{name} is not to be needed")

sys.meta_path.insert(0, NoTensorFlow())
import keras  # Before `modules`, which sets the backend of the pipeline.
from tests.support.modules import on_jax
on_jax.main()
"""


@pytest.mark.timeout(900)
@pytest.mark.skipif(
    importlib.util.find_spec("jax") is None,
    reason="jax is not installed (docs/DEVELOPING.md has how)",
)
def test_everything_trains_a_few_steps_without_tensorflow():
    ran = subprocess.run(
        [sys.executable, "-c", RUN],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3_000:]
    trained = {line.partition(":")[0] for line in ran.stdout.splitlines()}
    assert trained >= {
        *on_jax.AUTOENCODERS,
        *on_jax.CLASSIFIERS,
        "image bank",
        "lookahead",
    }
