"""The whole command, on the processor and the built-in sample."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.gpu import __main__ as gpu
from benchmarks.gpu import devices

SMALL = (
    *("--data", "sample", "--split", "holdout", "--allow-cpu"),
    *("--set", "classifier.widths=4,4", "--set", "classifier.batch_size=200"),
    *("--set", "classifier.jit_compile=false", "--epochs", "0.6"),
)
needs_jax = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None,
    reason="jax is not installed (docs/DEVELOPING.md has how)",
)


def test_without_an_accelerator_nothing_is_trained(monkeypatch, capsys):
    monkeypatch.setattr(devices, "accelerators", lambda backend: [])
    assert gpu.main(["--data", "sample"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: there is no accelerator")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "backend", ["tensorflow", pytest.param("jax", marks=needs_jax)]
)
def test_either_backend_trains_what_the_trainers_train(backend):
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", *SMALL, "--backend", backend],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert ran.returncode == 0, ran.stderr[-3_000:]
    assert f"{backend} on CPU" in ran.stdout
    assert "holdout split" in ran.stdout
    assert "| seed | accuracy | capped recall |" in ran.stdout
    assert "`gpu`: 0.6 epochs, accuracy 0." in ran.stdout
