"""The baseline becomes an artifact: a copy, or none."""

import json

from tfx.types import standard_artifacts

from components.baseline_model.executor import ORIGIN, Executor


def copy(directory, serving, digest):
    """Runs the executor; returns the directory of the artifact."""
    model = standard_artifacts.Model()
    model.uri = str(directory / "baseline")
    Executor().Do(
        {},
        {"model": [model]},
        {
            "push_destination": str(serving),
            "model_digest": digest,
            "baseline_version": "not read",
        },
    )
    return directory / "baseline"


def test_the_artifact_is_a_copy(serving, tmp_path):
    artifact = copy(tmp_path, serving, "mine")

    saved_model = artifact / "Format-Serving"
    assert (saved_model / "saved_model.pb").read_text() == "graph 10"
    assert (saved_model / "assets.extra" / "model.json").is_file()
    assert json.loads((artifact / ORIGIN).read_text())["version"] == "10"


def test_no_baseline_is_an_artifact_without_a_model(tmp_path):
    artifact = copy(tmp_path, tmp_path / "missing", "mine")

    assert [path.name for path in artifact.iterdir()] == [ORIGIN]
