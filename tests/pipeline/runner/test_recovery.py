"""A root that was damaged, moved, or has lost its metadata."""

import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from modules.common.errors import UserError
from pipeline.paths import Paths, claim
from pipeline.runner import recovery
from pipeline.runner.local_runner import LocalRunner
from pipeline.runner.observer import NodeFailed
from tests.support.pipeline import fakes


@pytest.fixture
def paths(tmp_path):
    return Paths.under(tmp_path / "root")


def run(paths, make=fakes.pipeline, **kwargs):
    """Runs a fake pipeline; returns what was run, notices and outputs."""
    recorder = fakes.Recorder()
    with claim(paths.root):
        outputs = LocalRunner(recorder).run(make(paths, **kwargs))
    done = [node for event, node, *_ in recorder.events if event == "done"]
    return done, recorder.notices, outputs


def copied(outputs):
    """The file that the fake pipeline ends with."""
    (uri,) = outputs["Read"]["copy"]
    return Path(uri) / "copied.txt"


def test_lost_metadata_does_not_mix_old_files_with_new_ones(paths):
    run(paths, text="old")
    paths.metadata.unlink()
    (paths.artifacts / "Read/copy/2/from-before.txt").write_text("old")

    done, notices, outputs = run(paths, text="new")
    assert done == ["Write", "Read"]
    assert [p.name for p in copied(outputs).parent.iterdir()] == ["copied.txt"]
    (aside,) = paths.root.glob(f"{recovery.SET_ASIDE}-*")
    assert (aside / "Read/copy/2/from-before.txt").read_text() == "old"
    assert (aside / "Write/note/1/value").read_text() == "old"
    assert notices == [
        "found 2 artifacts that the metadata does not know; moved them to "
        f"{aside}, which may be removed."
    ]
    assert run(paths, text="new")[:2] == ([], [])


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda file: file.write_text(""), "copied.txt has 0 bytes, not 1"),
        (lambda file: file.write_text("b"), "copied.txt has other contents"),
        (lambda file: file.unlink(), "copied.txt is missing"),
        (
            lambda file: file.with_name("another").write_text(""),
            "another is new",
        ),
    ],
    ids=["emptied", "overwritten", "removed", "added to"],
)
def test_a_damaged_result_is_made_again(paths, damage, problem):
    file = copied(run(paths)[2])
    before = file.stat()
    damage(file)
    if file.exists():
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    done, notices, outputs = run(paths)
    assert done == ["Read"]
    assert notices == [f"{file.parent} is made again: {problem}."]
    assert copied(outputs).parent != file.parent
    assert copied(outputs).read_text() == "a"
    assert run(paths) == ([], [], outputs)


@pytest.mark.parametrize("text", ["", "[]", '{"files": {"a": 1}, "rows": {}}'])
def test_a_result_whose_manifest_is_damaged_is_made_again(paths, text):
    run(paths)
    (manifest,) = paths.artifacts.glob("Read/.system/manifests/*/copy.json")
    manifest.write_text(text)
    done, (notice,), _ = run(paths)
    assert done == ["Read"]
    assert notice.endswith("is made again: it has no manifest.")


def test_what_was_made_from_a_lost_input_holds_if_that_comes_out_the_same(
    paths,
):
    _, _, first = run(paths)
    shutil.rmtree(paths.artifacts / "Write/note")
    done, _, second = run(paths)
    assert done == ["Write"]
    assert second["Read"] == first["Read"]
    assert second["Write"] != first["Write"]


def test_a_moved_root_keeps_its_results(paths, tmp_path):
    run(paths)
    moved = Paths.under(paths.root.rename(tmp_path / "elsewhere"))
    done, notices, outputs = run(moved)
    assert done == []
    assert notices == [f"moved here from {paths.root}: its results are used."]
    assert copied(outputs).is_relative_to(moved.root)
    assert run(moved) == ([], [], outputs)


def test_a_parameter_that_names_the_root_moves_with_it(paths, tmp_path):
    run(paths, text=f"{paths.root}/x")
    moved = Paths.under(paths.root.rename(tmp_path / "elsewhere"))
    assert run(moved, text=f"{moved.root}/x")[0] == []


def test_a_copied_root_reads_nothing_of_the_original(paths, tmp_path):
    original = copied(run(paths)[2])
    copy = Paths.under(shutil.copytree(paths.root, tmp_path / "copy"))
    original.write_text("changed")
    done, _, outputs = run(copy)
    assert done == []
    assert copied(outputs).is_relative_to(copy.root)
    assert copied(outputs).read_text() == "a"


def test_beams_arguments_do_not_decide_what_is_cached(paths):
    first = ["--setup_file=/here/setup.py", "--direct_num_workers=1"]
    second = ["--setup_file=/there/setup.py", "--direct_num_workers=2"]
    make = fakes.beam_pipeline
    assert run(paths, make, beam_arguments=first)[0] == ["Fill"]
    assert run(paths, make, beam_arguments=second)[0] == []
    assert run(paths, make, size=2, beam_arguments=second)[0] == ["Fill"]


def test_what_killed_executions_worked_in_is_removed(paths):
    run(paths)
    for place in "stateful_working_dir/0b", "executor_execution/2/.temp":
        left = paths.artifacts / "Read/.system" / place
        left.mkdir(parents=True)
        (left / "half").touch()
    run(paths)
    assert not any(paths.artifacts.rglob("half"))


def test_old_checkpoints_are_removed_and_recent_ones_kept(paths):
    paths.checkpoints.mkdir(parents=True)
    day = 24 * 60 * 60
    for name, days in (("recent.npz", 13), ("old.npz", 15), (".half", 0)):
        file = paths.checkpoints / name
        file.touch()
        os.utime(file, (time.time() - days * day,) * 2)
    recovery.drop_old_checkpoints(paths.checkpoints)
    assert [file.name for file in paths.checkpoints.iterdir()] == ["recent.npz"]


def test_a_root_that_is_removed_meanwhile_is_one_line(paths):
    with pytest.raises(NodeFailed) as failed:
        run(paths, mishap="no root")
    assert isinstance(failed.value.__cause__, UserError)
    assert "was removed or replaced during the run" in str(
        failed.value.__cause__
    )


def test_a_database_that_was_never_filled_is_started_anew(paths):
    run(paths)
    paths.metadata.write_bytes(b"")
    assert run(paths)[0] == ["Write", "Read"]


def damage_page(file):
    content = bytearray(file.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    file.write_bytes(content)


def make_other(file):
    file.unlink()
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE other (id INTEGER)")


@pytest.mark.parametrize(
    "damage",
    [lambda file: file.write_text("garbage" * 999), damage_page, make_other],
    ids=["garbage", "damaged page", "another database"],
)
def test_a_database_that_is_none_is_refused_in_one_line(paths, damage):
    run(paths)
    damage(paths.metadata)
    content = paths.metadata.read_bytes()
    with (
        pytest.raises(UserError, match="creates a new one") as error,
        claim(paths.root),
    ):
        pass
    assert "\n" not in str(error.value)
    assert paths.metadata.read_bytes() == content
