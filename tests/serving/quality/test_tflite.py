"""The TFLite variant answers as the SavedModel does, or is not kept."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

from cli import main
from modules.common import manifest
from serving.quality import reference, tflite
from tests.support.serving.fixtures import NEW, encoded


@pytest.fixture(scope="module")
def root(serving_root, tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(
        serving_root / "cifar10" / str(NEW),
        root / "serving" / "cifar10" / str(NEW),
    )
    return root


@pytest.fixture
def examples(monkeypatch):
    draws = np.random.default_rng(0)
    pixels = draws.integers(0, 256, (32, 32, 32, 3), np.uint8)
    found = [(encoded(each), n % 10) for n, each in enumerate(pixels)]
    monkeypatch.setattr(reference, "examples", lambda *_: found)
    return found


def command(root, *options):
    with pytest.raises(SystemExit) as exit_info:
        main.main(["tflite", str(NEW), "--root", str(root), *options])
    return exit_info.value.code or 0


def test_it_is_kept_only_if_it_agrees(root, examples, capsys, monkeypatch):
    version = root / "serving" / "cifar10" / str(NEW)
    converted = tflite.convert(version)
    monkeypatch.setattr(tflite, "convert", lambda _: converted)
    found = tflite.measure(version, converted, examples)
    assert found.images == 32
    assert found.agreement > 0.8
    assert 0 < found.size < found.saved_model_size
    reverse = tf.lite.Interpreter(model_content=converted)
    assert reverse.get_input_details()[0]["dtype"] == np.uint8

    def other(*_):
        return np.full(32, -1)

    with monkeypatch.context() as patch:
        patch.setattr(tflite, "_tflite_classes", other)
        assert command(root) == 3
    assert "agreement 0.0000 is below 0.98" in capsys.readouterr().err
    assert not (version / tflite.FILE).exists()
    assert command(root, "--min-agreement", "0.8") == 0
    assert (version / tflite.FILE).read_bytes() == converted
    assert manifest.verify(version) == []
    (version / tflite.FILE).write_bytes(b"short")
    assert "model.tflite has 5 bytes" in manifest.verify(version)[0]
