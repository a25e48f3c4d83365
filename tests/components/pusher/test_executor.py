"""Only what everyone has blessed is pushed; otherwise Pusher says why not."""

import json

import pytest
from tfx.types import standard_artifacts

from components.pusher import executor

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
