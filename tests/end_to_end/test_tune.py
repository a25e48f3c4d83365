"""`cifar10 tune` on the sample, in a root where all but the search has run."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from tests.end_to_end.test_smoke import COMPONENTS, EXECUTION, executions

RERUN = {
    "ClassifierTuner",
    "ClassifierTrainer",
    "BaselineModel",
    "ClassifierEvaluator",
    "ServingCheck",
    "Pusher",
    "RunReport",
}


@pytest.fixture(scope="module")
def tune(first_run, cifar10, tmp_path_factory):
    """Tunes, in a copy of the first run's root; returns root and output."""
    base, run_arguments, _ = first_run
    root = tmp_path_factory.mktemp("tuned") / "root"
    shutil.copytree(base / "root", root)
    arguments = ["tune", *run_arguments[1:], "--root", root]

    def run():
        result = cifar10(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return root, result.stdout

    return run


@pytest.fixture(scope="module")
def before(first_run):
    """What the runs before have executed in the root that is copied."""
    return Counter(executions(first_run[0] / "root"))


@pytest.fixture(scope="module")
def tuned(before, tune):
    return tune()


def newest(root, component):
    """The last execution of a component: its input and output artifacts."""
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(root / "metadata.sqlite")
    store = metadata_store.MetadataStore(config)
    (context,) = (
        context
        for context in store.get_contexts_by_type("node")
        if context.name.endswith(f".{component}")
    )
    last = max(e.id for e in store.get_executions_by_context(context.id))
    events = store.get_events_by_execution_ids([last])
    artifacts = store.get_artifacts_by_id([e.artifact_id for e in events])
    by_id = {artifact.id: artifact for artifact in artifacts}
    return {e.path.steps[0].key: by_id[e.artifact_id] for e in events}


def test_the_search_and_what_follows_from_it_run(before, tuned):
    assert Counter(executions(tuned[0])) - before == Counter(
        (
            component,
            EXECUTION.COMPLETE if component in RERUN else EXECUTION.CACHED,
        )
        for component in COMPONENTS
    )


def test_the_trainer_takes_what_the_tuner_found(tuned):
    root, _ = tuned
    found = newest(root, "ClassifierTuner")["best_hyperparameters"]
    taken = newest(root, "ClassifierTrainer")["hyperparameters"]
    assert taken.id == found.id
    origin = found.custom_properties["origin"].string_value
    (search,) = (root / "searches").iterdir()
    assert origin.startswith(f"search {search.name}")
    known = newest(root, "AutoencoderTrainer")["hyperparameters"]
    assert known.custom_properties["origin"].string_value == "preset smoke"


def test_the_leaderboard_is_printed_and_kept(tuned):
    root, output = tuned
    directory = Path(newest(root, "ClassifierTuner")["tuner_results"].uri)
    board = json.loads((directory / "leaderboard.json").read_text())
    assert [trial["state"] for trial in board["trials"]] == ["completed"] * 2
    for trial in board["trials"]:
        (score,) = trial["scores"]
        assert f"{score:.5g}" in output
    assert "current values" in output
    assert board["decision"]["rule"]
    assert (directory / "leaderboard.png").is_file()


def test_a_rerun_is_all_cached(tune, tuned):
    before = Counter(executions(tuned[0]))
    tune()
    after = Counter(executions(tuned[0]))
    assert after - before == Counter(
        (component, EXECUTION.CACHED) for component in COMPONENTS
    )
