"""A search: what it tries, what bounds it, and what survives it."""

import json
import subprocess
import sys

import keras
import pytest

from modules.common.errors import UserError
from modules.tuning import leaderboard, records
from modules.tuning.results import files as results
from tests.support.modules import fake

SEARCH = "from tests.support.modules import fake; fake.run(*{})"


@pytest.fixture(autouse=True)
def _nothing_to_free(monkeypatch):
    """Formulas leave no models in memory, and looking for them takes long."""
    monkeypatch.setattr(keras.backend, "clear_session", lambda: None)


def searched(directory, script=None, **config):
    """The tuner of a search that has ended."""
    tuner = fake.tuner_of(directory, script, **config)
    tuner.search()
    return tuner


def found(tuner):
    return records.read_all(tuner.search_directory)


def runs(tuner):
    """How often each trial was begun."""
    directories = sorted(tuner.search_directory.glob("trial_*"))
    return [len((d / fake.RAN).read_text().split()) for d in directories]


def search_in_a_process(directory, script, **config):
    config = json.dumps({"script": script, **config})
    code = SEARCH.format([str(directory), config])
    return subprocess.run([sys.executable, "-c", code], check=False).returncode


@pytest.mark.parametrize("strategy", ["random", "bayesian", "hyperband"])
def test_a_search_begins_with_what_is_known_and_finds_better(
    strategy, tmp_path
):
    tuner = searched(tmp_path, strategy=strategy, trials=7, schedule_share=0.5)
    trials = found(tuner)
    assert [t.number for t in trials] == list(range(7))
    assert {t.state for t in trials} == {"completed"}
    assert trials[0].values == fake.DEFAULTS.searched_values()
    assert trials[0].epochs == 6
    # A score each epoch, until three bring nothing new.
    assert len(trials[0].scores) == 4
    assert max(t.score for t in trials) > trials[0].score


def winner(tuner):
    (found,) = tuner.get_best_hyperparameters()
    return fake.DEFAULTS.with_overrides(found.get_config())


def test_what_wins_in_short_trials_alone_is_not_taken(tmp_path):
    tuner = searched(tmp_path, trials=7, schedule_share=0.5)
    finals = records.read_all(tuner.search_directory, finals=True)
    best = max(found(tuner), key=lambda t: t.score)
    assert [t.number for t in finals] == [0, best.number]
    assert [t.epochs for t in finals] == [fake.DEFAULTS.epochs] * 2
    # All of the schedule, however little the epochs bring.
    assert [len(t.scores) for t in finals] == [fake.DEFAULTS.epochs] * 2
    assert tuner.decision.rule == "no_challenger"
    assert winner(tuner) == fake.DEFAULTS


def test_without_a_final_round_a_certain_lead_is_taken(tmp_path):
    tuner = searched(tmp_path, trials=7, schedule_share=0.5, finalists=0)
    assert not records.read_all(tuner.search_directory, finals=True)
    best = max(found(tuner), key=lambda t: t.score)
    assert tuner.decision.rule == "uncertainty"
    assert tuner.decision.chosen == best.number
    assert winner(tuner).momentum == best.values["momentum"]


def test_a_final_round_that_fails_leaves_it_to_the_short_trials(tmp_path):
    mishaps = {f"final_{n}": "raise" for n in range(7)}
    tuner = searched(tmp_path, mishaps, trials=7, schedule_share=0.5)
    finals = records.read_all(tuner.search_directory, finals=True)
    assert {t.state for t in finals} == {"failed"}
    assert tuner.decision.rule == "uncertainty"


def test_finals_are_trained_once_and_others_added(tmp_path):
    options = {"trials": 7, "schedule_share": 0.5}
    first = searched(tmp_path, **options)
    before = records.read_all(first.search_directory, finals=True)
    again = searched(tmp_path, **options, finalists=2)
    after = records.read_all(again.search_directory, finals=True)
    assert len(after) == 3
    assert all(record in after for record in before)


def test_the_trials_leave_time_for_the_final_round(tmp_path):
    """A trial that hangs is stopped where the final round begins."""
    script = {0: "slow", 6: "hang"}
    tuner = searched(
        tmp_path, script, trials=9, minutes=15 / 60, schedule_share=0.5
    )
    states = {t.number: t.state for t in found(tuner)}
    assert states[6] == "unfinished"
    finals = records.read_all(tuner.search_directory, finals=True)
    assert [t.state for t in finals] == ["completed"] * 2


def test_hyperband_gives_the_best_a_longer_trial(tmp_path):
    tuner = searched(
        tmp_path, strategy="hyperband", trials=12, schedule_share=0.75
    )
    trials = found(tuner)[1:]
    short = [t for t in trials if t.epochs == 1]
    best = max(short, key=lambda t: t.score)
    assert best.values in [t.values for t in trials if t.epochs == 3]


def test_the_seed_decides_what_is_tried(tmp_path):
    def values(place, seed):
        tuner = searched(tmp_path / place, trials=3, seed=seed)
        return [t.values for t in found(tuner)]

    assert values("a", 0) == values("b", 0)
    assert values("a", 0) != values("c", 1)


@pytest.mark.parametrize(
    ("mishap", "reason"),
    [
        ("raise", "ValueError: a filter is larger than its image"),
        ("memory", "ResourceExhaustedError: OOM: [500,64]"),
        ("nan", "the loss became nan in epoch 1"),
    ],
)
def test_a_trial_that_fails_does_not_end_the_search(mishap, reason, tmp_path):
    failing = range(1, 6)
    tuner = searched(tmp_path, dict.fromkeys(failing, mishap), trials=7)
    trials = found(tuner)
    assert [t.state for t in trials] == [
        "completed", *["failed"] * 5, "completed"
    ]  # fmt: skip
    assert {trials[n].reason for n in failing} == {reason}
    assert tuner.get_best_hyperparameters()


def test_a_search_without_a_completed_trial_says_why(tmp_path):
    tuner = searched(tmp_path, {0: "raise", 1: "nan"}, trials=2)
    with pytest.raises(UserError, match=r"none of the 2 .*larger than its im"):
        tuner.get_best_hyperparameters()


def test_a_trial_stops_at_the_end_of_the_time_and_runs_again_with_more(
    tmp_path,
):
    tuner = searched(tmp_path, {1: "hang"}, trials=3, minutes=0.5 / 60)
    first, second = found(tuner)
    assert second.state == "unfinished"
    assert second.reason == "the search's time limit was reached"
    assert tuner.budget.left < 0.1
    (winner,) = tuner.get_best_hyperparameters()
    assert winner.values == first.values

    tuner = searched(tmp_path, trials=3, minutes=1)
    assert [t.state for t in found(tuner)] == ["completed"] * 3
    assert found(tuner)[1].values == second.values
    assert runs(tuner) == [1, 2, 1]
    assert tuner.budget.spent > 0.5


def test_more_trials_go_on_from_those_there_are(tmp_path):
    before = found(searched(tmp_path, trials=2))
    tuner = searched(tmp_path, trials=4)
    assert found(tuner)[:2] == before
    assert runs(tuner) == [1, 1, 1, 1]


def test_a_killed_search_goes_on_after_its_completed_trials(tmp_path):
    assert search_in_a_process(tmp_path, {2: "kill"}, trials=4) == -9
    tuner = searched(tmp_path, trials=4)
    assert [t.state for t in found(tuner)] == ["completed"] * 4
    assert runs(tuner) == [1, 1, 2, 1]
    undisturbed = searched(tmp_path / "other", trials=4)
    assert [t.values for t in found(undisturbed)] == [
        t.values for t in found(tuner)
    ]


def test_a_trial_that_keeps_ending_the_process_is_given_up(tmp_path):
    tuner = searched(tmp_path, trials=2)
    file = tuner.search_directory / "oracle.json"
    state = json.loads(file.read_text())
    file.write_text(json.dumps({**state, "ongoing_trials": {"tuner0": "1"}}))
    directory = tuner.search_directory / "trial_1"
    trial = json.loads((directory / "trial.json").read_text())
    running = json.dumps({**trial, "status": "RUNNING"})
    (directory / "trial.json").write_text(running)
    record = records.read(directory)
    values = {**vars(record), "state": "running", "started": 2}
    records.write(directory, records.TrialRecord(**values))

    tuner = searched(tmp_path, trials=3)
    states = [t.state for t in found(tuner)]
    assert states == ["completed", "failed", "completed"]
    assert "killed the process 2 times" in found(tuner)[1].reason
    assert runs(tuner) == [1, 1, 1]


def test_the_leaderboard_has_every_trial_and_can_be_read_back(tmp_path):
    tuner = searched(tmp_path, {1: "raise"}, trials=4)
    board = leaderboard.of(tuner)
    results.write(tmp_path, board)
    assert leaderboard.read(tmp_path) == board
    assert board.defaults.values == fake.DEFAULTS.searched_values()
    scores = [t.score for t in board.trials[:3]]
    assert scores == sorted(scores, reverse=True)
    assert board.trials[3].state == "failed"
    lines = (tmp_path / results.CSV).read_text().splitlines()
    assert len(lines) == 5 + len(board.finals)
    assert "larger than its image" in lines[-1]
    assert [line.endswith(board.decision.rule) for line in lines].count(
        True
    ) == 1
    picture = (tmp_path / results.PLOT).read_bytes()
    assert picture.startswith(b"\x89PNG")
