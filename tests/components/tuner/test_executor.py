"""Tuner's executor: what it writes, with a search and without one."""

import json
from pathlib import Path

import pytest
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types import standard_artifacts
from tfx.utils import json_utils

from components.tuner.executor import Executor
from modules.hparams import ClassifierParams
from modules.tuning import leaderboard
from tests.support.modules import fake

KNOWN = ClassifierParams(momentum=0.9)


def tuner_fn(fn_args):
    """A search for `fake.study`."""
    from modules.tuning import search

    return search.plan(fake.__name__, ClassifierParams, fn_args)


@pytest.fixture
def do(tmp_path):
    """Runs the executor; returns its two outputs."""
    examples = standard_artifacts.Examples()
    examples.uri = str(tmp_path / "nowhere")
    examples.split_names = '["train"]'
    best = standard_artifacts.HyperParameters()
    results = standard_artifacts.TunerResults()
    for artifact, name in ((best, "best"), (results, "results")):
        artifact.uri = str(tmp_path / name)
        (tmp_path / name).mkdir()

    def run(tuner_fn, custom_config):
        context = BaseExecutor.Context(tmp_dir=str(tmp_path), unique_id="1")
        Executor(context).Do(
            {"examples": [examples]},
            {"best_hyperparameters": [best], "tuner_results": [results]},
            {
                "tuner_fn": tuner_fn,
                "train_args": json.dumps({"splits": ["train"]}),
                "eval_args": json.dumps({"splits": ["train"]}),
                "custom_config": json_utils.dumps(custom_config),
            },
        )
        return best, results

    return run


def values(artifact):
    (file,) = Path(artifact.uri).iterdir()
    return json.loads(file.read_text())["values"]


@pytest.mark.parametrize("model", ["autoencoder", "classifier"])
def test_without_a_search_it_writes_what_is_known_and_whence(do, model):
    known = KNOWN if model == "classifier" else fake.AUTOENCODER
    best, results = do(
        f"modules.{model}.tuner.tuner_fn",
        {"hparams": known.to_dict(), "search": None, "origin": "preset cpu"},
    )
    assert values(best) == known.searched_values()
    assert best.get_string_custom_property("origin") == "preset cpu"
    (file,) = Path(results.uri).iterdir()
    assert json.loads(file.read_text()) == []


def test_a_search_writes_its_winner_and_its_leaderboard(do, tmp_path):
    args = fake.fn_args(tmp_path / "searches", {1: "raise"}, trials=4)
    config = args.custom_config | {"origin": "preset cpu"}
    best, results = do("tests.components.tuner.test_executor.tuner_fn", config)
    board = leaderboard.read(Path(results.uri))
    assert len(board.trials) == 4
    assert values(best) == dict(board.winner.values)
    origin = best.get_string_custom_property("origin")
    assert origin == f"search modules-{'0' * 16}: the current values stay"
    assert values(best) == fake.DEFAULTS.searched_values()
    rows = json.loads((Path(results.uri) / "tuner_results.json").read_text())
    assert [row["score"] for row in rows] == [
        t.score for t in board.trials if t.score is not None
    ]
