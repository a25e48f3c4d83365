"""Delivered versions are whole, and pruned ones were not needed."""

import os
import shutil
import stat

import pytest

from modules.common import manifest
from modules.common.errors import UserError
from serving.versions import labels
from serving.versions.deliver import deliver
from serving.versions.prune import prune
from tests.support.serving.fixtures import pushed


@pytest.fixture
def root(tmp_path):
    for version in (100, 200, 300, 400):
        pushed(tmp_path / "here" / "cifar10" / str(version))
    return tmp_path / "here"


@pytest.fixture
def there(tmp_path):
    return tmp_path / "there"


def test_a_delivered_version_is_the_pushed_one(root, there):
    target = deliver(root, "cifar10", 100, there)
    assert target == there / "cifar10" / "100"
    assert manifest.verify(target) == []
    assert os.listdir(target.parent) == ["100"]
    assert deliver(root, "cifar10", 100, there) == target


def test_every_user_can_read_it_whatever_the_umask(root, there):
    source = root / "cifar10" / "100"
    for path in (source, *source.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    before = os.umask(0o077)
    try:
        target = deliver(root, "cifar10", 100, there)
    finally:
        os.umask(before)
    for path in (target, *target.rglob("*")):
        wanted = 0o755 if path.is_dir() else 0o644
        assert stat.S_IMODE(path.stat().st_mode) == wanted
    for parent in (there, there / "cifar10"):
        assert stat.S_IMODE(parent.stat().st_mode) == 0o755


def test_an_incomplete_version_is_not_delivered(root, there):
    shutil.rmtree(root / "cifar10" / "100" / "variables")
    with pytest.raises(UserError, match="incomplete"):
        deliver(root, "cifar10", 100, there)
    assert not there.exists()


def test_a_copy_that_went_wrong_never_gets_its_name(root, there, monkeypatch):
    def short(source, target):
        pushed(target, b"something else")
        shutil.copy(source / manifest.MANIFEST, target / manifest.MANIFEST)

    monkeypatch.setattr(shutil, "copytree", short)
    with pytest.raises(UserError, match="Nothing was delivered"):
        deliver(root, "cifar10", 100, there)
    assert os.listdir(there / "cifar10") == []


def test_half_a_copy_that_is_there_is_not_taken_for_the_version(root, there):
    half = there / "cifar10" / "100"
    half.mkdir(parents=True)
    (half / "saved_model.pb").write_bytes(b"graph")
    with pytest.raises(UserError, match="exists already"):
        deliver(root, "cifar10", 100, there)


def test_pruning_keeps_the_newest_and_what_is_labelled(root):
    labels.assign(root, "cifar10", {"stable": 100}, lambda *_: None)
    (root / "cifar10" / "150").mkdir()  # A copy under way.
    assert prune(root, "cifar10", 1) == [300, 200]
    assert labels.versions(root / "cifar10") == [400, 150, 100]
    assert sorted(os.listdir(root / "cifar10")) == ["100", "150", "400"]
    assert prune(root, "cifar10", 1) == []
