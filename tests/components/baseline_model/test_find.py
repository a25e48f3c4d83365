"""The baseline is the model in production, or what that fell behind."""

import shutil
import subprocess
import sys

import pytest
from tfx.types import standard_artifacts

from components.baseline_model.executor import Executor
from components.baseline_model.find import baseline_version
from modules.common.errors import UserError
from serving.versions import labels
from tests.support.components.pushed import add


@pytest.fixture
def pushes(tmp_path):
    """1, a better 2, 3 a little worse than that, and so 4."""
    directory = tmp_path / "cifar10"
    add(directory, "1", "a")
    add(directory, "2", "b", "1")
    add(directory, "3", "c", "2", worse=True)
    add(directory, "4", "d", "2", worse=True)
    return directory


def baseline(directory, digest="mine"):
    return baseline_version(str(directory), digest)


def promote(directory, version, names=labels.LABELS):
    """Moves labels, with no server that would have to load the version."""
    wanted = dict.fromkeys(names, version)
    labels.assign(directory.parent, directory.name, wanted, lambda *_: None)


def test_drops_do_not_add_up(pushes):
    assert baseline(pushes) == "2"


def test_a_better_model_is_the_next_bar(pushes):
    add(pushes, "5", "e", "2")
    assert baseline(pushes) == "5"


def test_where_the_bar_was_deleted_production_is_it(pushes):
    shutil.rmtree(pushes / "2")
    assert baseline(pushes) == "4"


@pytest.mark.parametrize("digest", ["c", "d"])
def test_a_rerun_has_the_baseline_of_its_first_run(pushes, digest):
    assert baseline(pushes, digest) == "2"


def test_the_label_says_which_model_is_in_production(pushes):
    promote(pushes, 1)
    assert baseline(pushes) == "1"


def test_a_model_that_was_rolled_back_is_no_bar(pushes):
    """2 is taken back for 1, then 3, that had been compared with 2, serves."""
    promote(pushes, 2)
    promote(pushes, 1)
    promote(pushes, 3)
    assert baseline(pushes) == "3"
    assert baseline(pushes, "c") == "1"


def test_a_model_that_is_promoted_again_is_a_bar_again(pushes):
    promote(pushes, 4)
    promote(pushes, 1)
    promote(pushes, 2)
    assert baseline(pushes) == "2"


def test_moving_the_canary_alone_takes_nothing_back(pushes):
    promote(pushes, 4)
    promote(pushes, 1, ["canary"])
    assert baseline(pushes) == "2"


def test_a_label_on_a_version_that_is_gone_stops_the_run(pushes):
    promote(pushes, 4)
    shutil.rmtree(pushes / "4")
    with pytest.raises(UserError, match="stable on version 4"):
        baseline(pushes)


def test_a_damaged_label_file_stops_the_run(pushes):
    (pushes.parent / "models.config").write_text("{")
    with pytest.raises(UserError, match=r"models\.config cannot be read"):
        baseline(pushes)


def test_the_newest_other_model_is_in_production(serving):
    assert baseline_version(str(serving), "mine") == "10"


def test_a_model_is_not_compared_with_itself(serving):
    assert baseline_version(str(serving), "new") == "8"


def test_a_missing_directory_has_no_model(tmp_path):
    assert baseline_version(str(tmp_path / "missing"), "mine") == ""


def test_the_only_model_is_not_its_own_baseline(serving):
    for version in ("9", "10"):
        (serving / version).rename(serving / f"retired-{version}")

    assert baseline_version(str(serving), "old") == ""


def test_a_damaged_version_is_not_passed_over(serving):
    (serving / "10" / "saved_model.pb").unlink()

    with pytest.raises(UserError, match=r"serving/10 .*saved_model\.pb"):
        baseline_version(str(serving), "mine")


def test_older_versions_may_be_damaged(serving):
    (serving / "8" / "assets.extra" / "model.json").write_text("{")

    assert baseline_version(str(serving), "mine") == "10"


def test_finding_imports_no_tensorflow():
    code = (
        "import sys, components.baseline_model.find\n"
        "assert not {'tensorflow', 'tfx', 'apache_beam'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def copy(directory, serving, digest):
    """Runs the executor; returns the directory of the artifact."""
    model = standard_artifacts.Model()
    model.uri = str(directory / "baseline")
    Executor().Do(
        {},
        {"model": [model]},
        {
            "push_destination": str(serving),
            "model_digest": digest,
            "baseline_version": "not read",
        },
    )
    return directory / "baseline"
