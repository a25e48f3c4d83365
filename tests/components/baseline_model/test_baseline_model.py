"""The baseline is the newest pushed model that is another one."""

import json
import subprocess
import sys

import pytest
from tfx.types import standard_artifacts

from components.baseline_model.executor import ORIGIN, Executor
from components.baseline_model.find import production_version
from modules.common.errors import UserError


@pytest.fixture
def serving(tmp_path):
    """Versions 8, 9 and 10, the last two of the same model."""
    directory = tmp_path / "serving"
    for version, digest in (("8", "old"), ("9", "new"), ("10", "new")):
        saved_model = directory / version
        (saved_model / "assets.extra").mkdir(parents=True)
        (saved_model / "saved_model.pb").write_text(f"graph {version}")
        info = {
            "class_names": ["cat"],
            "capped_classes": [],
            "lineage": {"model_digest": digest},
        }
        path = saved_model / "assets.extra" / "model.json"
        path.write_text(json.dumps(info))
    return directory


def test_the_newest_other_model_is_in_production(serving):
    assert production_version(str(serving), "mine") == "10"


def test_a_model_is_not_compared_with_itself(serving):
    assert production_version(str(serving), "new") == "8"


def test_a_missing_directory_has_no_model(tmp_path):
    assert production_version(str(tmp_path / "missing"), "mine") == ""


def test_the_only_model_is_not_its_own_baseline(serving):
    for version in ("9", "10"):
        (serving / version).rename(serving / f"retired-{version}")

    assert production_version(str(serving), "old") == ""


def test_a_damaged_version_is_not_passed_over(serving):
    (serving / "10" / "saved_model.pb").unlink()

    with pytest.raises(UserError, match=r"serving/10 .*saved_model\.pb"):
        production_version(str(serving), "mine")


def test_older_versions_may_be_damaged(serving):
    (serving / "8" / "assets.extra" / "model.json").write_text("{")

    assert production_version(str(serving), "mine") == "10"


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
            "production_version": "not read",
        },
    )
    return directory / "baseline"


def test_the_artifact_is_a_copy(serving, tmp_path):
    artifact = copy(tmp_path, serving, "mine")

    saved_model = artifact / "Format-Serving"
    assert (saved_model / "saved_model.pb").read_text() == "graph 10"
    assert (saved_model / "assets.extra" / "model.json").is_file()
    assert json.loads((artifact / ORIGIN).read_text())["version"] == "10"


def test_no_baseline_is_an_artifact_without_a_model(tmp_path):
    artifact = copy(tmp_path, tmp_path / "missing", "mine")

    assert [path.name for path in artifact.iterdir()] == [ORIGIN]
