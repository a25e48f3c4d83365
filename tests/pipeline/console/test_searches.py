"""What a search came to, as it is printed and saved."""

import dataclasses
import io

from rich.console import Console

from modules.tuning import leaderboard
from pipeline import configs, presets
from pipeline.console import searches
from tests.support.pipeline.boards import board


def printed(call):
    screen = Console(file=io.StringIO(), width=80)
    call(screen)
    return screen.file.getvalue()


def test_the_winner_is_compared_with_the_current_values():
    rendered = searches.render(board(0.71, None, 0.7345))
    output = printed(lambda screen: screen.print(rendered))
    lines = [line.rstrip() for line in output.splitlines()]
    assert lines[0].startswith("classifier: 2 of 3 trials completed in 18:20")
    assert "4,250 holdout images" in lines[1]
    rows = {line.split()[0]: line.split()[1:] for line in lines if line}
    assert rows["3"] == ["0.7345", "2", "1:42", "best"]
    assert rows["1"] == ["0.71", "2", "1:40", "current", "values"]
    assert rows["2"][:4] == ["-", "0", "1:41", "failed:"]
    assert "the loss became nan in epoch 1" in output
    assert rows["momentum"] == ["0.9", "0.85"]
    assert all(len(line) <= 80 for line in lines)


def test_more_trials_than_fit_are_counted():
    rendered = searches.render(board(*[0.5] * 13))
    output = printed(lambda screen: screen.print(rendered))
    assert "and 3 more" in output


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
    assert f"all trials: {tmp_path}" in show("classifier")
    assert shown == [board(0.7)]


def test_the_rule_that_decided_is_said():
    def output(result):
        text = printed(lambda screen: screen.print(searches.render(result)))
        assert all(len(line) <= 80 for line in text.splitlines())
        return " ".join(text.split())

    assert "no trial was better" in output(board(0.71, 0.7))
    short = output(board(0.71, 0.73))
    assert "Trial 2 leads the current values by 0.02 in short trials" in short
    assert "final round" not in short
    final = output(board(0.71, 0.73, finals={0: 0.9012, 1: 0.9034}))
    assert "final round, at the full schedule" in final
    assert "0.9034" in final
    assert "at the full schedule (2 epochs; standard error 0.004" in final
