"""`benchmarks.node_2`, on a part of the built-in sample's images."""

import importlib.util
import json
import sys

import pytest

from benchmarks import node_2


def test_a_representation_s_figures_are_one_json_object(capsys):
    settings = ["autoencoder.epochs=1", "autoencoder.batch_size=100"]
    options = [part for each in settings for part in ("--set", each)]
    assert node_2.main(["--data", "sample", "--preset", "smoke", *options]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["set"] == settings
    assert found["latent_size"] > 3_072  # The preset's is overcomplete.
    # Ten classes: chance is a tenth.
    assert 0.15 < found["linear_probe"] <= 1
    assert 0.15 < found["k_nn"] <= 1


def test_a_backend_that_is_not_installed_is_one_line(capsys, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert node_2.main(["--data", "sample", "--backend", "jax"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "'jax', which is not installed; add it with" in line
    assert f"uv pip install --python {sys.executable} jax`" in line


def test_data_that_are_not_there_are_one_line(capsys):
    assert node_2.main(["--data", "/no/such/images"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")


def test_a_backend_that_keras_does_not_have_is_refused(capsys):
    with pytest.raises(SystemExit) as exit_info:
        node_2.main(["--data", "sample", "--backend", "torch"])
    assert exit_info.value.code == 2
    assert "invalid choice: 'torch'" in capsys.readouterr().err
