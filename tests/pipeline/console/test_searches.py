"""What a search came to, as it is printed and saved."""

import dataclasses
import io

import pytest
from rich.console import Console

from modules.hparams import ClassifierParams
from modules.tuning import leaderboard
from modules.tuning.config import SearchConfig
from modules.tuning.leaderboard import Leaderboard
from modules.tuning.records import Record, ranked
from pipeline import configs, presets, tuned
from pipeline.console import searches

KNOWN = ClassifierParams().searched_values()


def board(*scores, **changes):
    """A leaderboard with a trial for each score; None for one that failed."""
    trials = [
        Record(
            number=number,
            values=KNOWN if number == 0 else {**KNOWN, "momentum": 0.9},
            epochs=2,
            state="failed" if score is None else "completed",
            seconds=100.0 + number,
            scores=() if score is None else (0.3, score),
            reason="the loss became nan in epoch 1" if score is None else "",
        )
        for number, score in enumerate(scores)
    ]
    return Leaderboard(
        model="classifier",
        objective="holdout_accuracy",
        direction="max",
        title="accuracy",
        holdout_images=4_250,
        config=SearchConfig(),
        seconds=1_100.0,
        trials=tuple(ranked(trials, "max")),
        **changes,
    )


def printed(call):
    screen = Console(file=io.StringIO(), width=80)
    call(screen)
    return screen.file.getvalue()


def test_the_winner_is_compared_with_what_was_known():
    rendered = searches.render(board(0.71, None, 0.7345))
    output = printed(lambda screen: screen.print(rendered))
    lines = [line.rstrip() for line in output.splitlines()]
    assert lines[0].startswith("classifier: 2 of 3 trials completed in 18:20")
    assert "4,250 holdout images" in lines[1]
    rows = {line.split()[0]: line.split()[1:] for line in lines if line}
    assert rows["3"] == ["0.7345", "2", "1:42", "best"]
    assert rows["1"] == ["0.71", "2", "1:40", "known", "before"]
    assert rows["2"][:4] == ["-", "0", "1:41", "failed:"]
    assert "the loss became nan in epoch 1" in output
    assert rows["momentum"] == ["0.9", "0.85"]
    assert all(len(line) <= 80 for line in lines)


def test_more_trials_than_fit_are_counted():
    rendered = searches.render(board(*[0.5] * 13))
    output = printed(lambda screen: screen.print(rendered))
    assert "and 3 more" in output


@pytest.fixture
def checked_in(tmp_path, monkeypatch):
    monkeypatch.setattr(tuned, "DIRECTORY", tmp_path)
    return tmp_path


def save(result):
    config = presets.cpu()
    return printed(
        lambda screen: searches.save(screen, [result], config, "of the data")
    )


def test_a_winner_is_saved_with_the_search_that_found_it(checked_in):
    assert "saved to" in save(board(0.71, 0.73, None))
    found = tuned.read("cpu")["classifier"]
    assert found.values["momentum"] == 0.9
    assert (found.score, found.known_score) == (0.73, 0.71)
    assert (found.trials, found.epochs, found.seconds) == (2, 2, 1_100.0)
    assert found.data_digest == "of the data"
    assert presets.cpu().classifier.momentum == 0.9


def test_what_was_known_stays_where_nothing_was_better(checked_in):
    assert "kept" in save(board(0.71, 0.70))
    assert list(checked_in.iterdir()) == []


def test_a_run_shows_the_leaderboards_of_its_searches(tmp_path):
    (tmp_path / leaderboard.JSON).write_text(board(0.7).to_json())
    outputs = {
        "AutoencoderTuner": {"tuner_results": ["/nowhere"]},
        "ClassifierTuner": {"tuner_results": [str(tmp_path)]},
    }
    shown = []

    def show(models):
        tune = configs.TuneConfig(models=models)
        config = dataclasses.replace(presets.cpu(), tune=tune)
        return printed(
            lambda screen: shown.extend(searches.show(screen, outputs, config))
        )

    assert show("none") == ""
    assert f"all of it: {tmp_path}" in show("classifier")
    assert shown == [board(0.7)]
