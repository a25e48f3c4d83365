"""A search by KerasTuner's chief and two workers, each a process, on a model.

Real images are not needed: the autoencoder trains on noise of 8x8 pixels.
"""

import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from modules.tuning import records
from tests.modules import test_examples

SIZE = 8
CHIEF = "tests.support.modules.meeting"


@pytest.fixture
def fn_args(tmp_path, monkeypatch):
    monkeypatch.setattr(test_examples, "SIZE", SIZE)
    rows = test_examples.rows(60)
    for row in rows:
        row["sampled"] = 1
    return {
        "train_files": test_examples.write(tmp_path / "train", [rows]),
        "base_model": None,
        "custom_config": {
            "hparams": {"epochs": 1, "batch_size": 20},
            "seed": 0,
            "image_size": SIZE,
            "search": {
                "config": {"strategy": "random", "trials": 6, "minutes": 4},
                "key": "0" * 64,
                "directory": str(tmp_path / "searches"),
            },
        },
    }


@pytest.fixture
def environment():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        **os.environ,
        "KERASTUNER_ORACLE_IP": "127.0.0.1",
        "KERASTUNER_ORACLE_PORT": str(port),
    }


def start(environment, tuner_id, *arguments):
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={**environment, "KERASTUNER_TUNER_ID": tuner_id},
    )


@pytest.mark.timeout(600)
def test_two_workers_share_the_trials(fn_args, environment, tmp_path):
    chief = start(environment, "chief", "-m", CHIEF, json.dumps(fn_args))
    search = tmp_path / "searches" / f"modules-{'0' * 16}"
    while not (search / "search.json").is_file():
        assert chief.poll() is None
        time.sleep(0.1)
    workers = [
        start(environment, name, "-m", "modules.tuning.worker", str(search))
        for name in ("worker-0", "worker-1")
    ]
    assert [process.wait(500) for process in (*workers, chief)] == [0, 0, 0]
    trials = records.read_all(search)
    assert [t.number for t in trials] == list(range(6))
    assert {t.worker for t in trials} == {"worker-0", "worker-1"}
    assert all(np.isfinite(t.score) for t in trials)
