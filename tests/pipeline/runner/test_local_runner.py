"""The local runner on small real pipelines."""

from pathlib import Path

import pytest
from tfx.orchestration import metadata
from tfx.orchestration.portable.mlmd import execution_lib

from pipeline.paths import Paths
from pipeline.runner import local_runner
from pipeline.runner.local_runner import LocalRunner
from pipeline.runner.observer import NodeFailed
from tests.support.pipeline import fakes


@pytest.fixture
def paths(tmp_path):
    return Paths.under(tmp_path)


def run(paths, **kwargs):
    """Runs the fake pipeline; returns the events and the outputs."""
    recorder = fakes.Recorder()
    outputs = LocalRunner(recorder).run(fakes.pipeline(paths, **kwargs))
    return recorder.events, outputs


def unfinished(paths):
    config = metadata.sqlite_metadata_connection_config(str(paths.metadata))
    with metadata.Metadata(config) as handle:
        return [
            execution
            for execution in handle.store.get_executions()
            if execution_lib.is_execution_active(execution)
        ]


def test_runs_each_node_once_and_returns_where_its_outputs_are(paths):
    events, outputs = run(paths)
    assert events == [
        ("run", "Write", "Read"),
        ("started", "Write"),
        ("done", "Write"),
        ("started", "Read"),
        ("done", "Read"),
    ]
    (uri,) = outputs["Read"]["copy"]
    assert (Path(uri) / "copied.txt").read_text() == "a"


def test_a_rerun_is_all_cached_and_has_the_same_outputs(paths):
    _, first = run(paths)
    events, second = run(paths)
    assert [event for event in events if event[0] in ("done", "cached")] == [
        ("cached", "Write"),
        ("cached", "Read"),
    ]
    assert second == first


def test_a_changed_parameter_runs_what_depends_on_it(paths):
    run(paths)
    events, _ = run(paths, text="b")
    assert ("done", "Write") in events
    assert ("done", "Read") in events


@pytest.mark.parametrize(
    ("mishap", "told", "raised"),
    [
        ("user error", "UserError", NodeFailed),
        ("interrupt", "KeyboardInterrupt", KeyboardInterrupt),
    ],
)
def test_a_failing_node_ends_the_run_and_leaves_nothing_of_itself(
    paths, mishap, told, raised
):
    recorder = fakes.Recorder()
    with pytest.raises(raised):
        LocalRunner(recorder).run(fakes.pipeline(paths, mishap=mishap))
    assert recorder.events[-1] == ("failed", "Read", told)
    assert unfinished(paths) == []
    assert not any(paths.artifacts.glob("Read/copy/*"))
    assert ("cached", "Write") in run(paths)[0]


def test_a_run_that_was_killed_does_not_disturb_the_next(paths, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr(local_runner._Run, "clean_up", lambda _, error: error)
        with pytest.raises(KeyboardInterrupt):
            run(paths, mishap="interrupt")
    assert len(unfinished(paths)) == 1
    (half,) = paths.artifacts.glob("Read/copy/*")

    events, _ = run(paths)
    assert ("cached", "Write") in events
    assert ("done", "Read") in events
    assert unfinished(paths) == []
    assert not half.exists()
