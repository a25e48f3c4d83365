"""A study whose training is a formula, for searches that take no time.

`custom_config["script"]` says what goes wrong in which trial, or in which
training of the final round ("final_3"): "raise", "nan", "memory", "slow",
"kill" (the process), or "hang" (until the search's time is up).
"""

import json
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from modules.hparams import AutoencoderParams, ClassifierParams
from modules.tuning import search
from modules.tuning.study import Objective, Study

AUTOENCODER = AutoencoderParams()
DEFAULTS = ClassifierParams(epochs=12)
IMAGES = 50
RAN = "ran"
"""A file in a trial's directory, with a line for each time it was begun."""


def fn_args(directory, script=None, seed=0, **config):
    """What TFX's Tuner hands to `tuner_fn`."""
    return SimpleNamespace(
        train_files=[],
        base_model=None,
        working_dir=str(directory),
        custom_config={
            "hparams": DEFAULTS.to_dict(),
            "seed": seed,
            "script": {str(k): v for k, v in (script or {}).items()},
            "search": {
                "config": {"strategy": "random", **config},
                "key": "0" * 64,
                "directory": str(directory),
            },
        },
    )


def tuner_of(directory, script=None, **config):
    """A tuner on the search in `directory`."""
    args = fn_args(directory, script, **config)
    return search.plan(__name__, ClassifierParams, args).tuner


def study(inputs):
    """The study; a score is better the nearer momentum is to `best_at`."""
    script = inputs.custom_config["script"]
    scores = []

    def train(params, directory, callbacks):
        note(directory)
        (watch,) = callbacks
        scores[:] = [1 - abs(params.momentum - best_at(params))]
        kind, _, number = directory.name.partition("_")
        key = str(int(number)) if kind == "trial" else directory.name
        mishap = script.get(key, "")
        make(mishap, directory)
        watch.set_model(SimpleNamespace(stop_training=False))
        while mishap == "hang":
            watch.on_train_batch_end(0, {"loss": 1.0})
        for epoch in range(params.epochs):
            loss = np.nan if mishap == "nan" else 1.0
            watch.on_train_batch_end(0, {"loss": loss})
            watch.on_epoch_end(epoch, {})
            if watch.model.stop_training:
                break

    return Study(
        model="classifier",
        params=ClassifierParams.from_dict(inputs.custom_config["hparams"]),
        objective=Objective(name="score", direction="max", title="a formula"),
        holdout_images=IMAGES,
        train=train,
        contributions=lambda _: np.full(IMAGES, scores[0]),
        weights=np.full(IMAGES, 1 / IMAGES),
    )


def best_at(params):
    """The best momentum; at the full schedule, the current value."""
    return DEFAULTS.momentum if params.epochs == DEFAULTS.epochs else 0.8


def note(directory):
    """Writes down that this process has begun the trial in `directory`."""
    with (directory / RAN).open("a") as ran:
        ran.write(f"{os.getpid()}\n")


def make(mishap, directory):
    if mishap == "raise":
        raise ValueError("a filter is larger than its image\nand so on")
    if mishap == "memory":
        raise tf.errors.ResourceExhaustedError(None, None, "OOM: [500,64]")
    if mishap == "slow":
        time.sleep(0.5)
    if mishap == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if mishap == "meet":
        # Until each of two workers has begun a trial.
        deadline = time.monotonic() + 240
        while len(workers(directory.parent)) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def workers(directory):
    """The process ids that have run trials of the search in `directory`."""
    files = Path(directory).glob(f"trial_*/{RAN}")
    return {line for file in files for line in file.read_text().split()}


def run(directory, config):
    """A search in a process of its own: `config` is JSON for `tuner_of`."""
    tuner_of(Path(directory), **json.loads(config)).search()
