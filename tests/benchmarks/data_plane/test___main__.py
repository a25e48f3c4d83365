"""Our components beside the stock ones: the table, and what it is made of."""

import pytest

from benchmarks.data_plane import __main__ as data_plane
from benchmarks.data_plane import apart
from benchmarks.data_plane.apart import Measured


@pytest.fixture
def ours():
    """Each took a second, and 2 GB."""
    return Measured(
        seconds=dict.fromkeys(data_plane.STOCK_OF, 1.0),
        peaks=dict.fromkeys(data_plane.STOCK_OF, 2_000_000_000),
    )


@pytest.fixture
def theirs():
    """Each took four seconds, and 3 GB."""
    names = data_plane.STOCK_OF.values()
    return Measured(
        seconds=dict.fromkeys(names, 4.0),
        peaks=dict.fromkeys(names, 3_000_000_000),
    )


def test_each_component_is_beside_its_stock_one(ours, theirs):
    header, _, *lines = data_plane.table(ours, theirs).splitlines()
    assert header == (
        "| component | stock, s | ours, s | ratio | stock, GB | ours, GB |"
    )
    assert lines[1] == "| StatisticsGen | 4.0 | 1.0 | 0.25 | 3.0 | 2.0 |"


def test_a_stock_one_that_ran_out_of_memory_is_said_to_have(ours, theirs):
    del theirs.seconds["Transform"]
    del theirs.seconds["Evaluator"], theirs.peaks["Evaluator"]
    _, _, *lines = data_plane.table(ours, theirs).splitlines()
    assert lines[2] == "| Transform | out of memory | 1.0 | - | > 3.0 | 2.0 |"
    assert lines[3] == "| ClassifierEvaluator | not run | 1.0 | - | - | 2.0 |"


def test_a_stock_one_that_stalled_is_said_to_have(ours, theirs):
    del theirs.seconds["Transform"]
    theirs.stalled.add("Transform")
    _, _, *lines = data_plane.table(ours, theirs).splitlines()
    assert lines[2] == "| Transform | stalled | 1.0 | - | > 3.0 | 2.0 |"


def test_what_runs_out_of_memory_is_left_out_the_next_time(
    monkeypatch, tmp_path
):
    turns = []

    def run(function, chosen, wrote, root, without):
        turns.append(tuple(without))
        if not without:
            return Measured(
                seconds={"ImportExampleGen": 4.0},
                peaks={"ImportExampleGen": 1, "Transform": 9},
                ended_in="Transform",
            )
        return Measured(seconds={"Evaluator": 5.0}, peaks={"Evaluator": 2})

    monkeypatch.setattr(apart, "run", run)
    found = data_plane.stock([], [], tmp_path)
    assert turns == [(), ("Transform",)]
    assert found.seconds == {"ImportExampleGen": 4.0, "Evaluator": 5.0}
    assert found.peaks["Transform"] == 9


def test_one_that_the_others_need_ends_it(monkeypatch, tmp_path):
    ended = Measured(peaks={"ImportExampleGen": 9}, ended_in="ImportExampleGen")
    monkeypatch.setattr(apart, "run", lambda *arguments: ended)
    assert data_plane.stock([], [], tmp_path).peaks == ended.peaks


def test_data_that_is_not_there_is_one_line(capsys, tmp_path):
    assert data_plane.main(["--data", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_the_directory_for_what_is_written_is_made(tmp_path):
    with data_plane.scratch(str(tmp_path / "new" / "one")) as root:
        assert root.parent == tmp_path / "new" / "one"
    assert not root.exists()


def test_a_directory_that_cannot_be_made_is_one_line(tmp_path, capsys):
    taken = tmp_path / "file"
    taken.touch()
    arguments = ["--data", "sample", "--scratch", str(taken / "one")]
    assert data_plane.main(arguments) == 1
    assert capsys.readouterr().err.startswith(f"error: --scratch {taken}/one")
