"""Labels: which version is served, back and forward, with nothing deleted."""

import os

import pytest

from modules.common.errors import UserError
from serving import labels


@pytest.fixture
def root(tmp_path):
    for version in (100, 200):
        (tmp_path / "cifar10" / str(version)).mkdir(parents=True)
    return tmp_path


def test_at_first_the_newest_version_has_all_labels(root):
    assert labels.complete(root) == root / "models.config"
    assert labels.read(root) == {"cifar10": {"stable": 200, "canary": 200}}


def test_a_new_version_changes_no_label(root):
    labels.complete(root)
    (root / "cifar10" / "300").mkdir()
    labels.complete(root)
    assert labels.read(root) == {"cifar10": {"stable": 200, "canary": 200}}


def test_rolling_back_moves_the_labels_and_keeps_the_versions(root):
    labels.complete(root)
    before = labels.assign(root, "cifar10", 100)
    assert before == {"stable": 200, "canary": 200}
    assert labels.read(root) == {"cifar10": {"stable": 100, "canary": 100}}
    assert labels.versions(root / "cifar10") == [200, 100]


def test_one_label_can_move_alone(root):
    labels.assign(root, "cifar10", 100, ["stable"])
    assert labels.read(root) == {"cifar10": {"stable": 100, "canary": 200}}


def test_other_models_and_what_was_edited_by_hand_stay(root):
    (root / "other" / "1").mkdir(parents=True)
    path = labels.complete(root)
    edited = path.read_text().replace("all {\n      }", "latest {\n      }")
    path.write_text(edited)
    labels.assign(root, "cifar10", 100)
    assert labels.read(root)["other"] == {"stable": 1, "canary": 1}
    assert path.read_text().count("latest {") == edited.count("latest {") == 2


def test_a_server_never_sees_half_a_file(root, monkeypatch):
    path = labels.complete(root)
    before = path.read_text()

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="full"):
        labels.assign(root, "cifar10", 100)
    assert path.read_text() == before
    assert sorted(p.name for p in root.iterdir()) == ["cifar10", path.name]


def test_a_version_that_is_not_there_is_refused(root):
    with pytest.raises(UserError, match=r"no version 5; .*: 200, 100"):
        labels.assign(root, "cifar10", 5)
    assert not (root / "models.config").exists()


def test_a_version_finds_its_model(root):
    (root / "other" / "100").mkdir(parents=True)
    assert labels.model_of(root, 200) == "cifar10"
    with pytest.raises(UserError, match=r"cifar10 and other .*--model-name"):
        labels.model_of(root, 100)
    with pytest.raises(UserError, match=r"no model .* version 5"):
        labels.model_of(root, 5)


def test_a_file_that_is_no_configuration_is_not_overwritten(root):
    path = root / "models.config"
    path.write_text("penguins: 7")
    with pytest.raises(UserError, match="expected a ModelServerConfig"):
        labels.assign(root, "cifar10", 100)
    assert path.read_text() == "penguins: 7"


def test_nothing_pushed_is_said_so(tmp_path):
    with pytest.raises(UserError, match="make run"):
        labels.complete(tmp_path / "nothing")
