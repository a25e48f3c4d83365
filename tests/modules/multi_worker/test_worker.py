"""Trainings on two machines, which are two processes of this one."""

import json
import os
import socket
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from modules.autoencoder.export import export_autoencoder
from modules.autoencoder.network import build_autoencoder
from modules.classifier.export import CLASSIFIER_FILE
from modules.export.metadata import extra_assets
from modules.hparams import AutoencoderParams, ClassifierParams
from modules.multi_worker import calls, machines
from tests.support.modules import exported, rows

COUNT, SIZE = 120, 8
FIRST = "tests.support.modules.first_machine"
SECOND = "modules.multi_worker.worker"
LINEAR = ClassifierParams(
    # Without batch normalisation, whose statistics are of a machine's part.
    head="dense",
    widths=(),
    epochs=3,
    batch_size=20,
    distribute=True,
)
CNN = ClassifierParams(
    encoder="joint",
    reconstruction_weight=1.0,
    widths=(4,),
    epochs=60,
    batch_size=20,
    lookahead=True,
    distribute=True,
)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Dark and bright images in turns, and an autoencoder."""
    directory = tmp_path_factory.mktemp("inputs")
    random = np.random.default_rng(0)
    with tf.io.TFRecordWriter(str(directory / "rows.gz"), "GZIP") as writer:
        for index in range(COUNT):
            low = 128 * (index % 2)
            shape = (SIZE, SIZE, 3)
            pixels = random.integers(low, low + 128, shape, np.uint8)
            holdout = index < COUNT // 6
            writer.write(
                rows.row(pixels, index % 2, sampled=True, holdout=holdout)
            )
    keras.utils.set_random_seed(0)
    _, encoder, decoder = build_autoencoder(AutoencoderParams(), SIZE)
    base = exported.description_of(["dark", "bright"])
    export_autoencoder(encoder, decoder, str(directory / "base"), base)
    return directory


@pytest.fixture
def cluster():
    """The addresses of two machines."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{s.getsockname()[1]}" for s in (one, other)]


def environment(cluster, index):
    task = {"type": "worker", "index": index}
    config = {"cluster": {"worker": cluster}, "task": task}
    return {**os.environ, machines.VARIABLE: json.dumps(config)}


def arguments(inputs, root, params):
    description = exported.description_of(["dark", "bright"])
    return {
        "base_model": str(inputs / "base"),
        "train_files": [str(inputs / "rows.gz")],
        "model_run_dir": str(root / "model_run"),
        "hyperparameters": {"values": {}},
        "serving_model_dir": str(root / "model"),
        "custom_config": {
            "hparams": params.to_dict(),
            "seed": 0,
            "image_size": SIZE,
            "metadata": {**description.to_dict(), "image_size": SIZE},
            "code_digest": "",
            "checkpoints": str(root / calls.FOLDER),
        },
    }


def first(inputs, root, params, env=None, **options):
    given = json.dumps(arguments(inputs, root, params))
    command = [sys.executable, "-m", FIRST, given]
    return subprocess.Popen(command, env=env, **options)


def second(root, env):
    return subprocess.Popen([sys.executable, "-m", SECOND, str(root)], env=env)


def weights(root):
    file = extra_assets(str(root / "model")) / CLASSIFIER_FILE
    return keras.saving.load_model(file).get_weights()


@pytest.mark.timeout(600)
def test_two_machines_train_what_one_does(inputs, tmp_path, cluster):
    both = [
        first(inputs, tmp_path / "two", LINEAR, environment(cluster, 0)),
        second(tmp_path / "two", environment(cluster, 1)),
    ]
    assert [process.wait(400) for process in both] == [0, 0]
    assert first(inputs, tmp_path / "one", LINEAR).wait(400) == 0

    saved = tmp_path / "two" / "model" / "saved_model.pb"
    assert b"/job:worker" not in saved.read_bytes()  # A device of theirs.
    for two, one in zip(
        weights(tmp_path / "two"), weights(tmp_path / "one"), strict=True
    ):
        np.testing.assert_allclose(two, one, rtol=1e-4, atol=1e-5)
    assert not list((tmp_path / "two" / calls.FOLDER).iterdir())


@pytest.mark.timeout(900)
def test_a_training_that_lost_a_machine_goes_on(inputs, tmp_path, cluster):
    both = [environment(cluster, index) for index in range(2)]
    log = (tmp_path / "log").open("w+")
    one = first(inputs, tmp_path, CNN, both[0], stderr=log)
    other = second(tmp_path, both[1])
    while not list(tmp_path.glob(f"{calls.FOLDER}/*.npz")):
        assert one.poll() is None
        time.sleep(0.05)
    other.kill()
    assert one.wait(200) == 1
    log.seek(0)
    assert "they go on after the last whole epoch" in log.read()

    one = first(inputs, tmp_path, CNN, both[0], stderr=log)
    other = second(tmp_path, both[1])
    assert [one.wait(400), other.wait(30)] == [0, 0]
    log.seek(0)
    assert "Going on after epoch" in log.read()
    assert all(np.isfinite(array).all() for array in weights(tmp_path))
