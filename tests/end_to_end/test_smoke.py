"""`cifar10 run` on the sample, as a user runs it: once, again, and served."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from tests.support import browser

COMPONENTS = {
    "ImageExampleGen",
    "StatisticsGen",
    "SchemaImporter",
    "ExampleValidator",
    "AnomalyGate",
    "Transform",
    "AutoencoderTuner",
    "AutoencoderTrainer",
    "AutoencoderEvaluator",
    "ClassifierTuner",
    "ClassifierTrainer",
    "BaselineModel",
    "ClassifierEvaluator",
    "ServingCheck",
    "Pusher",
    "RunReport",
}
EXECUTION = metadata_store_pb2.Execution

# Runs where none of the project's code can be imported.
CALL_ALL_SIGNATURES = """
import json, pathlib, sys
import numpy as np
import tensorflow as tf

directory, batch = sys.argv[1:]
records = np.fromfile(batch, np.uint8).reshape(-1, 3073)[:100]
pixels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
pngs = [tf.io.encode_png(p).numpy() for p in pixels]
examples = [
    tf.train.Example(features=tf.train.Features(feature={
        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[png]))
    })).SerializeToString() for png in pngs
]
model = tf.saved_model.load(directory)
inputs = {
    "serving_default": {"examples": tf.constant(examples)},
    "serving_bytes": {"image_bytes": tf.constant(pngs)},
    "serving_pixels": {"pixels": tf.constant(pixels)},
    "embed": {"pixels": tf.constant(pixels)},
    "reconstruct": {"pixels": tf.constant(pixels)},
}
answers = {n: model.signatures[n](**i) for n, i in inputs.items()}
ids = [answers[n]["class_id"].numpy().tolist() for n in
       ("serving_default", "serving_bytes", "serving_pixels")]
ours = {"modules", "components", "pipeline"} & set(sys.modules)
print(json.dumps({
    "signatures": sorted(model.signatures),
    "agree": ids[0] == ids[1] == ids[2],
    "accuracy": float(np.mean(np.array(ids[0]) == records[:, 0])),
    "reconstruction": list(answers["reconstruct"]["reconstruction"].shape),
    "ours": sorted(ours),
}))
"""


def executions(root: Path) -> list[tuple[str, int]]:
    """(component, state) of every execution the metadata knows."""
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(root / "metadata.sqlite")
    store = metadata_store.MetadataStore(config)
    contexts = store.get_contexts_by_type("node")
    return [
        (context.name.rpartition(".")[2], execution.last_known_state)
        for context in contexts
        for execution in store.get_executions_by_context(context.id)
    ]


def accuracy_rows(output: str) -> list[str]:
    """What the printed table says, without times and paths.

    It comes after the progress, which a slow run prints, and has figures too.
    """
    _, _, table = output.rpartition(" test images")
    rows = [line for line in table.splitlines() if re.search(r"0\.\d\d", line)]
    assert rows
    return rows


@pytest.fixture(scope="module")
def pushed(first_run):
    (version,) = (first_run[0] / "root/serving/cifar10_sample").iterdir()
    return version


def test_every_component_executes_once(first_run):
    assert Counter(executions(first_run[0] / "root")) == Counter(
        (component, EXECUTION.COMPLETE) for component in COMPONENTS
    )


def test_the_console_says_that_this_is_the_sample(first_run):
    assert "sample" in first_run[2].lower()


def test_the_kept_count_of_each_class_is_printed(first_run):
    for name, kept in (("bird", 100), ("deer", 100), ("cat", 200)):
        assert re.search(rf"{name}\b.*\b{kept}\b", first_run[2])


def test_the_report_is_in_the_root(first_run, pushed):
    report = first_run[0] / "root" / "report.html"
    assert f"\nreport  {report}\n" in first_run[2]
    text = report.read_text()
    assert f"serving/cifar10_sample/{pushed.name}" in text
    assert str(first_run[0]) not in text


def test_the_report_is_whole_in_a_browser(first_run):
    report = first_run[0] / "root" / "report.html"
    with browser.chromium() as driver:
        for size in (browser.PHONE, browser.DESKTOP):
            browser.look(driver, report, size).require_flawless()


def test_the_pushed_model_has_a_card(pushed):
    card = (pushed / "assets.extra" / "model_card.md").read_text()
    assert "Sample data, drawn by code" in card
    assert "| accuracy | " in card


def test_the_run_is_listed_and_compared_with_itself(first_run, cifar10):
    root = first_run[0] / "root"
    (record,) = (root / "logs").glob("*.json")
    listed = cifar10("runs", "--root", root, "--json")
    assert json.loads(listed.stdout.splitlines()[0])["run"] == record.stem
    compared = cifar10("compare", "latest", record.stem, "--root", root)
    assert compared.returncode == 0, compared.stderr
    assert "No difference in accuracy is shown" in compared.stdout
    assert "No setting differs" in compared.stdout


def test_tensorboard_has_the_run(first_run):
    (run,) = (first_run[0] / "root" / "tensorboard").iterdir()
    assert run.name.startswith("smoke-seed0-")
    for part in (
        "autoencoder/train",
        "autoencoder/reconstructions",
        "classifier/train",
        "classifier/validation",
        "evaluation",
    ):
        assert list((run / part).glob("*tfevents*")), part


def test_the_pushed_model_serves_without_the_projects_code(
    first_run, pushed, tmp_path
):
    (batch,) = (first_run[0] / "cache").rglob("test_batch.bin")
    result = subprocess.run(
        [sys.executable, "-I", "-c", CALL_ALL_SIGNATURES, pushed, batch],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    answer = json.loads(result.stdout.splitlines()[-1])
    assert answer["signatures"] == [
        "embed",
        "reconstruct",
        "serving_bytes",
        "serving_default",
        "serving_pixels",
    ]
    assert answer["agree"]
    assert answer["accuracy"] > 0.5
    assert answer["reconstruction"] == [100, 32, 32, 3]
    assert answer["ours"] == []


def test_a_rerun_is_all_cached(first_run, cifar10):
    base, arguments, output = first_run
    again = cifar10(*arguments)
    assert again.returncode == 0, again.stdout + again.stderr
    states = Counter(executions(base / "root"))
    for component in COMPONENTS:
        assert states[component, EXECUTION.COMPLETE] == 1
        assert states[component, EXECUTION.CACHED] == 1
    assert accuracy_rows(again.stdout) == accuracy_rows(output)
