"""The runs of a root: read whatever a user does to the files."""

import json
import shutil

import pytest

from modules.common.errors import UserError
from pipeline.history import record as record_lib
from pipeline.history import store
from pipeline.paths import Paths
from tests.support.pipeline import records

FIRST, SECOND = "20261122-100000", "20261123-100000"


@pytest.fixture
def root(tmp_path):
    records.write(tmp_path, FIRST)
    records.write(tmp_path, SECOND, seed=1)
    return tmp_path


def test_a_record_reads_as_it_was_written(root):
    found = record_lib.parse(root / "logs" / f"{FIRST}.json")
    answers = records.predictions(seed=0)
    assert found.predictions == answers
    assert found.data == records.RECORD.data
    assert found.machine == records.RECORD.machine
    assert found.components == records.RECORD.components
    assert found.accuracy == records.result(answers)["accuracy"]
    labels, predicted = found.predictions.arrays()
    assert (labels == predicted).mean() == found.accuracy


def test_a_moved_root_has_the_same_runs(root, tmp_path_factory):
    before = store.read(Paths.under(root))
    moved = tmp_path_factory.mktemp("moved") / "root"
    shutil.move(root, moved)
    assert store.read(Paths.under(moved)) == before
    assert str(root) not in "".join(
        path.read_text() for path in moved.glob("logs/*.json")
    )


def test_a_copy_is_found_under_its_own_name(root):
    name = "20261130-000000"
    shutil.copy(root / "logs" / f"{FIRST}.json", root / "logs" / f"{name}.json")
    assert store.read(Paths.under(root)).records[-1].run == name
    assert store.find(Paths.under(root), name).run == name


def test_old_records_are_read_with_what_they_lack_unknown(root):
    records.write_old(root, "20261101-100000")
    oldest = store.read(Paths.under(root)).records[0]
    assert oldest.run == "20261101-100000"
    assert oldest.seconds == 1200.5
    assert oldest.preset is oldest.seed is oldest.data is None
    assert oldest.classes[1].capped


@pytest.mark.parametrize(
    "damage",
    [
        *("", "[]", "null", '{"run": ', '{"accuracy": 1}'),
        *('{"run": "x", "accuracy": "high"}', '{"run": "x", "classes": [1]}'),
        '{"run": "x", "data": {"digest": 1}}',
    ],
)
def test_a_damaged_record_is_one_line_and_skipped(root, damage):
    path = root / "logs" / f"{SECOND}.json"
    path.write_text(damage)
    found = store.read(Paths.under(root))
    assert [record.run for record in found.records] == [FIRST]
    (problem,) = found.problems
    assert problem.startswith(str(path))
    assert "\n" not in problem
    with pytest.raises(UserError, match="no record of a run"):
        store.find(Paths.under(root), SECOND)


def test_bytes_that_are_no_text_are_a_damaged_record_too(root):
    (root / "logs" / f"{SECOND}.json").write_bytes(b"\xff\xfe{")
    assert len(store.read(Paths.under(root)).problems) == 1


def test_tampered_predictions_do_not_stop_a_comparison(root):
    from pipeline.history.compare import compare

    path = root / "logs" / f"{SECOND}.json"
    values = json.loads(path.read_text())
    values["predictions"]["predicted"] = "AAAA"
    path.write_text(json.dumps(values))
    runs = store.read(Paths.under(root)).records
    accuracy = compare(*runs).metrics[0].difference
    assert not accuracy.paired


def test_a_log_without_a_record_is_an_unfinished_run(root):
    (root / "logs" / "20261124-090000.log").touch()
    assert store.read(Paths.under(root)).unfinished == ("20261124-090000",)


def test_a_run_is_found_by_name_beginning_or_path(root):
    paths = Paths.under(root)
    for wanted in (SECOND, "20261123", store.LATEST):
        assert store.find(paths, wanted).run == SECOND
    elsewhere = str(root / "logs" / f"{FIRST}.json")
    assert store.find(Paths.under(root / "none"), elsewhere).run == FIRST


@pytest.mark.parametrize(
    ("wanted", "says"),
    [("2026", "2 runs begin"), ("1999", "no run begins"), ("", "2 runs begin")],
)
def test_what_means_no_run_or_several_is_refused(root, wanted, says):
    with pytest.raises(UserError, match=says):
        store.find(Paths.under(root), wanted)


def test_without_runs_there_is_nothing_to_find(tmp_path):
    assert store.read(Paths.under(tmp_path)) == store.Runs((), (), ())
    with pytest.raises(UserError, match="no finished run"):
        store.find(Paths.under(tmp_path), store.LATEST)


def test_the_last_run_of_the_same_model_is_compared_with(root):
    records.write(root, "20261124-100000", model_name="cifar10_sample")
    first, second, sample = store.read(Paths.under(root)).records
    assert store.previous((first, second, sample), second) == first
    assert store.previous((first, second, sample), sample) is None
