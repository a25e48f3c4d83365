"""docs/PYTHON.md and the notebook: what they show works."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from modules.tuning.given import Given
from pipeline import presets
from tests.support.pipeline import records

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOK = DOCS / "pipeline.ipynb"


class Model(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(self, image_bytes):
        names = tf.repeat("cat", tf.size(image_bytes))
        return {"class_name": names, "probabilities": tf.ones([1, 10]) / 10}


def test_the_examples_run(tmp_path, monkeypatch):
    root = tmp_path / "runs"
    records.write(root, "20261122-100000")
    records.write(root, "20261123-100000", seed=1)
    version = root / "serving" / "cifar10" / "1700000000"
    model = Model()
    signatures = {"serving_bytes": model.serve}
    tf.saved_model.save(model, str(version), signatures=signatures)
    pixels = np.zeros((32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "cat.png")
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "PYTHON.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    for block in blocks:
        if "not executed here" not in block:
            exec(compile(block, "PYTHON.md", "exec"), names)
    assert len(blocks) == 5
    assert names["config"].sampling.caps["bird"] == 1000
    assert names["found"].verdict.startswith("No difference")
    assert names["answer"]["class_name"].numpy() == [b"cat"]


def test_the_notebook_is_kept_with_its_outputs():
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(
        range(1, len(code) + 1)
    )
    assert not re.search(r"/work/|/home/|Traceback", NOTEBOOK.read_text())


def test_the_notebook_shows_today_s_hyperparameters(capsys):
    config = presets.for_sample(presets.smoke())
    for params in (config.autoencoder, config.classifier):
        Given(params).search_space_summary()
    shown = [
        "".join(output["text"])
        for cell in json.loads(NOTEBOOK.read_text())["cells"]
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    ]
    assert shown == capsys.readouterr().out.splitlines(keepends=True)


@pytest.mark.timeout(600)
def test_the_notebook_runs(tmp_path):
    result = subprocess.run(
        [
            *(sys.executable, "-m", "jupyter", "nbconvert", "--execute"),
            *("--to", "notebook", "--output-dir", str(tmp_path)),
            str(NOTEBOOK),
        ],
        capture_output=True,
        text=True,
        check=False,
        # The package is found as an installed one is.
        cwd=tmp_path,
    )
    assert result.returncode == 0, result.stderr[-3_000:]
    cells = json.loads((tmp_path / NOTEBOOK.name).read_text())["cells"]
    answers = "".join(
        "".join(output.get("data", {}).get("text/plain", []))
        for cell in cells
        for output in cell.get("outputs", [])
    )
    assert re.search(r"true\s+predicted\s+probability", answers)
    assert re.search(r"airplane\s+\d+\s+200\s+20", answers)
