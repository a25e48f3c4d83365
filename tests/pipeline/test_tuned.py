"""Best values that are checked in: what a preset has from them."""

import dataclasses
import json

import pytest

from modules.common.errors import UserError
from modules.tuning.decision import Decision
from pipeline import presets, tuned
from tests.support.pipeline.boards import board

FOUND = tuned.TunedValues(
    values={"momentum": 0.9, "logit_adjustment": 0.5},
    date="2026-01-02T03:04:05+00:00",
    objective="accuracy",
    score=0.72,
    known_score=0.71,
    strategy="random",
    trials=9,
    epochs=2,
    seconds=1_100.0,
    data_digest="of the data",
    seed=0,
    commit="",
)


def test_a_preset_has_the_values_that_are_checked_in(tmp_path, monkeypatch):
    own = presets.cpu().classifier
    tuned.save("cpu", {"classifier": FOUND}, tmp_path)
    monkeypatch.setattr(tuned, "DIRECTORY", tmp_path)
    config = presets.cpu()
    assert config.classifier.momentum == 0.9
    assert config.classifier.logit_adjustment == 0.5
    assert config.classifier.epochs == own.epochs
    assert "2026-01-02" in config.origins["classifier"]
    assert config.origins["autoencoder"] == "preset cpu"
    assert presets.smoke().origins["classifier"] == "preset smoke"


def test_saving_one_model_keeps_the_other(tmp_path):
    tuned.save("cpu", {"autoencoder": FOUND}, tmp_path)
    better = dataclasses.replace(FOUND, score=0.8)
    tuned.save("cpu", {"classifier": better}, tmp_path)
    saved = tuned.read("cpu", tmp_path)
    assert saved == {"autoencoder": FOUND, "classifier": better}
    assert [file.name for file in tmp_path.iterdir()] == ["cpu.json"]


@pytest.mark.parametrize("text", ["{", "[]", '{"classifier": {"values": {}}}'])
def test_a_file_that_is_something_else_is_refused(text, tmp_path):
    (tmp_path / "cpu.json").write_text(text)
    with pytest.raises(UserError, match=r"cpu\.json is not what"):
        tuned.read("cpu", tmp_path)


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="without --save"):
        tuned.save("cpu", {"classifier": FOUND}, tmp_path / "file" / "tuned")


def test_what_is_checked_in_can_be_read():
    for file in tuned.DIRECTORY.glob("*.json"):
        assert tuned.read(file.stem)
        assert json.loads(file.read_text())


def test_a_value_that_no_search_changes_is_refused(tmp_path, monkeypatch):
    wrong = dataclasses.replace(FOUND, values={"widths": 8})
    tuned.save("cpu", {"classifier": wrong}, tmp_path)
    monkeypatch.setattr(tuned, "DIRECTORY", tmp_path)
    with pytest.raises(UserError, match="widths"):
        presets.cpu()


def winners(result):
    return tuned.winners([result], seed=3, data_digest="of the data")


def test_a_winner_has_the_search_that_found_it():
    found = winners(board(0.71, 0.73, None))["classifier"]
    assert found.values["momentum"] == 0.9
    assert (found.score, found.known_score) == (0.73, 0.71)
    assert (found.trials, found.epochs, found.seconds) == (2, 2, 1_100.0)
    assert (found.data_digest, found.seed) == ("of the data", 3)


def test_nothing_has_won_where_the_current_values_are_the_best():
    assert winners(board(0.71, 0.70)) == {}


def test_nothing_has_won_where_the_decision_is_for_the_current_values():
    kept = Decision(chosen=0, rule="uncertainty")
    assert winners(board(0.71, 0.73, decision=kept)) == {}


def test_the_scores_are_those_of_the_round_that_decided():
    found = winners(board(0.71, 0.73, finals={0: 0.9, 1: 0.91}))["classifier"]
    assert (found.score, found.known_score) == (0.91, 0.9)
