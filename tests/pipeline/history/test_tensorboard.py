"""What TensorBoard finds below a root."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import event_multiplexer

from pipeline.history import record as record_lib
from pipeline.history import tensorboard
from pipeline.paths import Paths
from tests.support.pipeline import records

NAME = "cpu-seed0-20261122-100000"
CONFUSION = [[8, 1, 1], [0, 9, 1], [2, 0, 8]]


@pytest.fixture
def root(tmp_path):
    """A root with one run and what its Trainers have written."""
    root = tmp_path / "root"
    path = records.write(root, "20261122-100000")
    trainings = {}
    for model in ("autoencoder", "classifier"):
        artifact = root / "artifacts" / model
        for run in ("train", "validation"):
            events = artifact / "tensorboard" / run
            writer = tf.summary.create_file_writer(str(events))
            with writer.as_default(step=0):
                tf.summary.scalar("epoch_accuracy", 0.5)
            writer.close()
        trainings[model] = artifact
    tensorboard.publish(
        Paths.under(root).tensorboard,
        record_lib.parse(path),
        trainings,
        CONFUSION,
    )
    return root


def test_a_run_is_named_and_holds_curves_and_evaluation(root):
    found = _load(root)
    assert set(found.Runs()) == {
        f"{NAME}/{part}"
        for part in (
            *("autoencoder/train", "autoencoder/validation"),
            *("classifier/train", "classifier/validation"),
            "evaluation",
        )
    }
    tags = found.Runs()[f"{NAME}/evaluation"]["tensors"]
    assert {"test/accuracy", "recall/dog", "confusion matrix"} <= set(tags)


def test_a_moved_root_is_still_drawn(root):
    moved = Path(shutil.move(root, root.with_name("moved")))
    assert f"{NAME}/classifier/train" in _load(moved).Runs()


def test_publishing_again_replaces(root):
    record = record_lib.parse(root / "logs" / "20261122-100000.json")
    directory = Paths.under(root).tensorboard
    other = root / "artifacts" / "autoencoder"
    tensorboard.publish(directory, record, {"classifier": other}, CONFUSION)
    link = directory / NAME / "classifier"
    assert link.resolve() == other / "tensorboard"


def test_tensorboard_itself_serves_them(root):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("tensorboard")),
        *("--logdir", str(Paths.under(root).tensorboard)),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    server = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        runs = _wait_for_runs(f"http://127.0.0.1:{port}/data/runs")
    finally:
        server.terminate()
        server.wait(30)
    assert f"{NAME}/classifier/validation" in runs
    assert f"{NAME}/evaluation" in runs


def _wait_for_runs(url):
    """The names of the runs, once all five are loaded."""
    end = time.monotonic() + 60
    runs = []
    while len(runs) < 5 and time.monotonic() < end:
        time.sleep(0.5)
        with contextlib.suppress(OSError), urllib.request.urlopen(url) as found:
            runs = json.load(found)
    return runs


def _load(root):
    found = event_multiplexer.EventMultiplexer()
    found.AddRunsFromDirectory(str(Paths.under(root).tensorboard))
    found.Reload()
    return found
