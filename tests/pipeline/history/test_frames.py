"""Runs as pandas frames."""

import pytest

from pipeline.history import frames, store
from pipeline.paths import Paths
from tests.support.components import made
from tests.support.pipeline import records

ONE, OTHER = "20261122-100000", "20261123-100000"


@pytest.fixture
def root(tmp_path):
    records.write(tmp_path, ONE)
    records.write(tmp_path, OTHER, seed=1)
    return tmp_path


def test_runs_are_rows_by_name(root):
    records.write_old(root, "20261101-100000")
    frame = frames.runs(root)
    assert list(frame.index) == ["20261101-100000", ONE, OTHER]
    assert frame.loc[OTHER, "seed"] == 1
    assert frame.loc[ONE, "classifier.epochs"] == 24
    assert frame["accuracy"].between(0.7, 0.9).all()


def test_a_root_without_runs_is_an_empty_frame(tmp_path):
    assert frames.runs(tmp_path).empty


def test_classes_and_confusion_agree(root):
    record = store.find(Paths.under(root), ONE)
    confusion = frames.confusion(record)
    recall = frames.classes(record)["recall"]
    for name in records.CLASSES:
        share = confusion.loc[name, name] / confusion.loc[name].sum()
        assert share == pytest.approx(recall[name])
    assert confusion.to_numpy().sum() == records.IMAGES


def test_a_record_without_predictions_says_so(root):
    path = records.write_old(root, "20261101-100000")
    record = store.find(Paths.under(root), str(path))
    with pytest.raises(ValueError, match="has no predictions"):
        frames.predictions(record)


def test_curves_have_a_row_a_point(tmp_path):
    _, classifier = made.CURVES
    classifier.write(tmp_path)
    frame = frames.curves(tmp_path)
    assert set(frame["split"]) == {"train", "holdout"}
    assert len(frame) == len(classifier.train) + len(classifier.holdout)
    assert frames.curves(tmp_path / "none").empty
