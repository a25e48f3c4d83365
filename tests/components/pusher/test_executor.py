"""Only what everyone has blessed is pushed; otherwise Pusher says why not."""

import json
import shutil

import pytest
from tfx.types import standard_artifacts

from components.pusher import comparison, executor

BLESSING_TYPES = {
    "model_blessing": standard_artifacts.ModelBlessing,
    "autoencoder_blessing": standard_artifacts.ModelBlessing,
    "infra_blessing": standard_artifacts.InfraBlessing,
}


def push(directory, *, refusing=(), missing=()):
    """Runs the executor; returns the pushed_model artifact and push.json."""
    model = standard_artifacts.Model()
    model.uri = str(directory / "model")
    saved_model = directory / "model" / "Format-Serving"
    saved_model.mkdir(parents=True)
    (saved_model / "saved_model.pb").write_text("graph")
    inputs = {"model": [model]}
    for name, artifact_type in BLESSING_TYPES.items():
        if name not in missing:
            blessing = artifact_type()
            blessing.set_int_custom_property(
                "blessed", int(name not in refusing)
            )
            blessing.set_string_custom_property("baseline_version", "7")
            blessing.set_int_custom_property("worse_than_baseline", 1)
            inputs[name] = [blessing]
    pushed = standard_artifacts.PushedModel()
    pushed.uri = str(directory / "pushed")
    executor.Executor().Do(
        inputs,
        {"pushed_model": [pushed]},
        {"push_destination": str(directory / "serving")},
    )
    outcome = (directory / "pushed" / executor.OUTCOME).read_text()
    return pushed, json.loads(outcome)


@pytest.mark.parametrize("missing", [(), ("infra_blessing",)])
def test_what_is_blessed_is_pushed(tmp_path, missing):
    pushed, outcome = push(tmp_path, missing=missing)

    (version,) = (tmp_path / "serving").iterdir()
    assert (version / "saved_model.pb").read_text() == "graph"
    assert comparison.read(version) == comparison.Comparison("7", worse=True)
    assert pushed.get_int_custom_property("pushed") == 1
    assert pushed.get_string_custom_property("pushed_version") == version.name
    assert pushed.get_string_custom_property("pushed_destination") == str(
        version
    )
    assert outcome == {"destination": str(version), "refused": {}}


@pytest.mark.parametrize(
    ("refusing", "word"),
    [
        ("model_blessing", "classifier"),
        ("autoencoder_blessing", "autoencoder"),
        ("infra_blessing", "serving check"),
    ],
)
def test_what_one_refuses_is_not_pushed_and_says_why(tmp_path, refusing, word):
    pushed, outcome = push(tmp_path, refusing=[refusing])

    assert not (tmp_path / "serving").exists()
    assert pushed.get_int_custom_property("pushed") == 0
    assert word in pushed.get_string_custom_property("reason")
    assert outcome == {
        "destination": "",
        "refused": {refusing: executor.BLESSINGS[refusing]},
    }


def test_every_refusal_is_a_reason(tmp_path):
    _, outcome = push(tmp_path, refusing=list(BLESSING_TYPES))

    assert outcome["refused"] == executor.BLESSINGS


def why_not_there(pushed, directory):
    return executor.why_not_there(pushed, str(directory / "serving"))


def test_what_was_pushed_is_there(tmp_path):
    pushed, _ = push(tmp_path)
    assert why_not_there(pushed, tmp_path) is None


def test_what_was_not_pushed_is_not_looked_for(tmp_path):
    pushed, _ = push(tmp_path, refusing=["model_blessing"])
    assert why_not_there(pushed, tmp_path) is None


def test_a_version_that_was_deleted_or_damaged_is_not_there(tmp_path):
    pushed, _ = push(tmp_path)
    (version,) = (tmp_path / "serving").iterdir()
    (version / "saved_model.pb").write_text("GRAPH")
    assert "saved_model.pb has other contents" in why_not_there(
        pushed, tmp_path
    )
    shutil.rmtree(version)
    assert f"version {version.name} is not in" in why_not_there(
        pushed, tmp_path
    )


def test_a_version_is_looked_for_where_one_would_push_to_now(tmp_path):
    pushed, _ = push(tmp_path)
    assert "it was pushed to" in why_not_there(pushed, tmp_path / "moved")
