"""A sound model and what its check gives, made once for the whole folder."""

import pathlib

import pytest
import tensorflow as tf
from tfx.types import standard_artifacts

from components.serving_check.executor import EXAMPLES
from components.serving_check.predict_requests import example
from tests.support.components.checked import model_artifact, run
from tests.support.modules import exported

COUNT = EXAMPLES + 4


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def sound(tmp_path_factory):
    return model_artifact(tmp_path_factory.mktemp("sound"))


@pytest.fixture(scope="package")
def blessing(sound, examples, tmp_path_factory):
    return run(sound, examples, tmp_path_factory.mktemp("checked"))
