"""Made-up records of runs, written as a run writes them."""

import dataclasses
import json

import numpy as np

from modules.evaluation.predictions import Predictions
from pipeline.history import record as record_lib
from pipeline.history.record import Component, Data, Machine, Record

CLASSES = ("cat", "dog", "emu")
IMAGES = 900


def predictions(*, seed, hits=0.8, images="test"):
    """Of a model that is right about `hits` of `IMAGES` images."""
    rng = np.random.default_rng(seed)
    labels = np.arange(IMAGES) % len(CLASSES)
    right = rng.random(IMAGES) < hits
    predicted = np.where(right, labels, (labels + 1) % len(CLASSES))
    rows = zip(labels.tolist(), predicted.tolist(), strict=True)
    return Predictions.of(
        (f"{images}:{i:05d}", *row) for i, row in enumerate(rows)
    )


def result(answers, **changes):
    """What a `RunResult` with these answers writes, by and large."""
    labels, predicted = answers.arrays()
    recall = [float((predicted == i)[labels == i].mean()) for i in range(3)]
    return {
        "model_name": "cifar10",
        "sample": False,
        "test_images": IMAGES,
        "accuracy": float((labels == predicted).mean()),
        "top_2_accuracy": 0.97,
        "macro_f1": 0.8,
        "capped_recall": recall[1],
        "uncapped_recall": (recall[0] + recall[2]) / 2,
        "nll": 0.5,
        "ece": 0.02,
        "psnr": 39.1,
        "ssim": 0.99,
        "reliability": [],
        "classes": [
            {
                "name": name,
                "capped": name == "dog",
                "images": IMAGES // 3,
                "recall": recall[i],
                "precision": 0.8,
            }
            for i, name in enumerate(CLASSES)
        ],
        "pushed_to": "serving/cifar10/1700000000",
        "reasons": [],
        **changes,
    }


RECORD = Record(
    run="20261122-100000",
    started="2026-11-22T10:00:00+01:00",
    preset="cpu",
    seed=0,
    data=Data(
        description="CIFAR-10",
        digest="d" * 64,
        train_count=50_000,
        test_count=IMAGES,
    ),
    caps={"cat": 5_000, "dog": 2_500, "emu": 5_000},
    gates={"min_accuracy": 0.8},
    hyperparameters={
        "autoencoder": {"epochs": 2},
        "classifier": {"epochs": 24, "widths": [64, 128]},
    },
    commit="c" * 40,
    versions={"python": "3.11.2", "tensorflow": "2.21.0"},
    machine=Machine(
        processor="EPYC", cores=2, memory_bytes=8 << 30, system="Debian"
    ),
    components=(
        Component(name="Transform", state="cached", seconds=0.1),
        Component(name="ClassifierTrainer", state="done", seconds=60.0),
    ),
    seconds=75.0,
    peak_bytes=2_700_000_000,
)


def write(
    root, run, *, seed=0, hits=0.8, images="test", answers=True, **changes
):
    """Writes a record into `root`; its path.

    Args:
      root: of the runs.
      run: its name.
      seed: of the run and of its mistakes.
      hits: about the accuracy.
      images: the data set's name.
      answers: whether the predictions are kept.
      changes: of `RECORD`'s fields, or of the result's.
    """
    found = predictions(seed=seed, hits=hits, images=images)
    fields = {f.name for f in dataclasses.fields(Record)}
    facts = {
        k: v for k, v in changes.items() if k in fields - set(result(found))
    }
    record = dataclasses.replace(
        RECORD,
        run=run,
        seed=seed,
        predictions=found if answers else None,
        **facts,
    )
    of_result = {k: v for k, v in changes.items() if k not in facts}
    path = root / "logs" / f"{run}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".log").touch()
    record_lib.write(path, record, result(found, **of_result))
    return path


def write_old(root, run):
    """Writes a record as runs did before there were these fields."""
    values = {
        "run": run,
        "commit": "e" * 40,
        "seconds": 1200.5,
        "peak_bytes": 2_800_000_000,
        **result(predictions(seed=3)),
    }
    path = root / "logs" / f"{run}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=2))
    return path
