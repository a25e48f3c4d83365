"""What is kept of a run: record, report, TensorBoard's files."""

import dataclasses
import re
import shutil
from html.parser import HTMLParser

import pytest

from components.run_report import page
from modules.common.errors import UserError
from pipeline import presets
from pipeline.cost import RunCost
from pipeline.data.source import DataSource
from pipeline.history import keep, store
from pipeline.history.record import Component
from pipeline.paths import Paths
from tests.support.components import made

FIRST, SECOND = "20260101-100000", "20260102-100000"


class Links(HTMLParser):
    """Where a page's links lead."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.found.append(dict(attributes)["href"])


def finished(paths, run, **changes):
    """A run under `paths` whose model was pushed."""
    model = paths.serving / "cifar10" / "1700000000"
    model.mkdir(parents=True, exist_ok=True)
    trainings = {}
    for name in ("autoencoder", "classifier"):
        trainings[name] = paths.artifacts / name
        (trainings[name] / "tensorboard").mkdir(parents=True, exist_ok=True)
    paths.logs.mkdir(exist_ok=True)
    log = paths.logs / f"{run}.log"
    log.write_text("what happened")
    values = {
        "log": log,
        "config": presets.cpu(),
        "source": DataSource(
            uri="/data",
            format="binary",
            digest="d" * 64,
            sample=False,
            description="CIFAR-10 from the cache",
            train_count=50_000,
            test_count=600,
        ),
        "report": made.report(pushed_to=str(model)),
        "trainings": trainings,
        "components": [Component(name="Pusher", state="done", seconds=61.0)],
        "commit": "c" * 40,
        "cost": RunCost(seconds=100.0, peak_bytes=2_000_000_000),
    }
    return keep.Finished(**{**values, **changes})


@pytest.fixture
def paths(tmp_path):
    paths = Paths.under(tmp_path / "root")
    paths.root.mkdir()
    return paths


def test_the_record_says_what_ran_on_what(paths):
    keep.keep(finished(paths, FIRST), paths)
    (record,) = store.read(paths).records
    assert (record.run, record.preset, record.seed) == (FIRST, "cpu", 0)
    assert record.data.sampled == {"cat": 500, "<dog>": 250, "emu": 480}
    assert record.caps["bird"] == 2_500
    assert record.hyperparameters["classifier"]["learning_rate"] == 0.75
    assert record.origins["classifier"]["learning_rate"] == "set for this run"
    assert record.predictions == made.REPORT.predictions
    assert record.machine.cores > 0
    assert {"python", "tfx", "tensorflow", "keras"} <= set(record.versions)
    assert record.accuracy == made.RESULT.accuracy
    assert record.pushed_to == "serving/cifar10/1700000000"


def test_the_newest_report_is_a_copy_with_links_of_its_own(paths):
    kept = keep.keep(finished(paths, FIRST), paths)
    assert kept == paths.reports / f"{FIRST}.html"
    for page_file in (kept, paths.report):
        links = Links(page_file.read_text()).found
        files = [link for link in links if not link.startswith("#")]
        assert len(files) == 5
        for link in files:
            assert (page_file.parent / link).exists(), link


def test_reports_of_earlier_runs_stay(paths):
    first = keep.keep(finished(paths, FIRST), paths).read_text()
    second = keep.keep(finished(paths, SECOND), paths)
    assert (paths.reports / f"{FIRST}.html").read_text() == first
    assert SECOND in paths.report.read_text()
    assert second.name in {path.name for path in paths.reports.iterdir()}


def test_a_run_is_compared_with_the_last_one(paths):
    keep.keep(finished(paths, FIRST), paths)
    assert "Last run" not in paths.report.read_text()
    other = dataclasses.replace(presets.cpu(), seed=7)
    keep.keep(finished(paths, SECOND, config=other), paths)
    text = " ".join(paths.report.read_text().split())
    assert "No difference in accuracy is shown" in text
    assert "run: seed was 0, is 7" in text


def test_a_run_that_pushed_nothing_is_kept_too(paths):
    report = made.report(pushed_to="", reasons=("too low",))
    keep.keep(finished(paths, FIRST, report=report), paths)
    (record,) = store.read(paths).records
    assert (record.pushed_to, record.reasons) == ("", ("too low",))
    assert ">model</a>" not in paths.report.read_text()


def test_nothing_that_is_kept_names_the_root(paths):
    keep.keep(finished(paths, FIRST), paths)
    for path in (paths.report, *paths.reports.iterdir(), *paths.logs.iterdir()):
        assert str(paths.root) not in path.read_text()
    moved = shutil.move(paths.root, paths.root.with_name("moved"))
    link = Paths.under(moved).tensorboard / f"cpu-seed0-{FIRST}" / "classifier"
    assert link.is_dir()


def test_damaged_records_of_other_runs_change_nothing(paths):
    paths.logs.mkdir()
    (paths.logs / f"{FIRST}.json").write_text("{")
    kept = keep.keep(finished(paths, SECOND), paths)
    assert "Last run" not in kept.read_text()


def test_a_root_that_cannot_be_written_is_one_line(paths):
    paths.reports.write_text("a file in its place")
    with pytest.raises(UserError, match=r"cannot write .*reports"):
        keep.keep(finished(paths, FIRST), paths)


def test_the_page_has_every_component_and_its_time(paths):
    kept = keep.keep(finished(paths, FIRST), paths)
    text = kept.read_text()
    assert re.search(r"Pusher</span>.*?1:01</span>", text, re.DOTALL)
    assert page.render(made.REPORT) != text
