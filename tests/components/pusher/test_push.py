"""A push is atomic, and its version is the newest."""

import concurrent.futures
import errno
import fcntl
import json
import os
import pathlib
import stat

import filelock
import pytest

from components.pusher import comparison, push, versions
from modules.common import manifest
from modules.common.errors import UserError

SAVED_MODEL = "saved_model.pb"


@pytest.fixture
def model(tmp_path):
    source = tmp_path / "model"
    (source / "variables").mkdir(parents=True)
    (source / "saved_model.pb").write_text("graph")
    (source / "variables" / "data").write_text("weights")
    return source


@pytest.fixture
def serving(tmp_path):
    return tmp_path / "serving" / "cifar10"


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr(push.time, "time", lambda: 1000.5)


def files(directory):
    return {
        str(path.relative_to(directory)): path.read_text()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_copies_everything_under_the_time(model, serving, now):
    version = push.push(model, serving)

    assert version == serving / "1000"
    assert files(version).items() >= files(model).items()
    assert manifest.verify(version) == []
    assert comparison.read(version) == comparison.Comparison()


def test_the_card_is_a_file_of_the_version(model, serving):
    version = push.push(model, serving, card="# Model card")

    card = version / "assets.extra" / "model_card.md"
    assert card.read_text() == "# Model card"
    card.unlink()
    assert "model_card.md is missing" in manifest.verify(version)[0]


def test_leaves_nothing_beside_the_version(model, serving, now):
    push.push(model, serving)

    assert [path.name for path in serving.iterdir()] == ["1000"]


@pytest.mark.parametrize(
    ("existing", "expected"), [("1000", "1001"), ("5000", "5001")]
)
def test_the_version_is_greater_than_all_others(
    model, serving, now, existing, expected
):
    (serving / existing).mkdir(parents=True)

    assert push.push(model, serving).name == expected


def test_a_version_taken_meanwhile_is_not_overwritten(
    model, serving, now, monkeypatch
):
    answers = iter([[], [1000]])
    monkeypatch.setattr(push, "versions", lambda _: next(answers))
    (serving / "1000").mkdir(parents=True)
    (serving / "1000" / "other").write_text("model")

    assert push.push(model, serving).name == "1001"
    assert files(serving / "1000") == {"other": "model"}


def test_other_users_can_read_the_version(model, serving):
    model.chmod(0o755)

    version = push.push(model, serving)

    assert version.stat().st_mode & 0o777 == 0o755


def test_an_interrupted_copy_leaves_nothing(model, serving, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(push, "_flush", fail)

    with pytest.raises(OSError, match="disk full"):
        push.push(model, serving)
    assert list(serving.iterdir()) == []


def test_versions_are_the_numbers_newest_first(tmp_path):
    for name in ("9", "10", "007", "1.5", ".pushing-1", "notes", "\uff12"):
        (tmp_path / name).mkdir()
    (tmp_path / "11").touch()

    assert versions.versions(tmp_path) == [10, 9]
    assert versions.versions(tmp_path / "missing") == []


def test_a_uri_is_no_serving_directory():
    with pytest.raises(UserError, match="gs://bucket/serving"):
        versions.serving_directory("gs://bucket/serving")


def test_a_file_is_no_serving_directory(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(UserError, match="is a file"):
        versions.serving_directory(str(tmp_path / "file"))


def test_a_path_is_a_serving_directory():
    path = versions.serving_directory("runs/serving")

    assert path == pathlib.Path("runs/serving")


def says(model, digest):
    """Makes the model say which one it is."""
    lineage = {"model_digest": digest}
    info = {"class_names": ["cat"], "capped_classes": [], "lineage": lineage}
    (model / "assets.extra").mkdir(exist_ok=True)
    (model / "assets.extra" / "model.json").write_text(json.dumps(info))
    return model


def test_the_newest_version_is_not_pushed_again(model, serving):
    version = push.push(says(model, "one"), serving)

    assert push.push(model, serving) == version
    assert list(serving.iterdir()) == [version]


def test_a_return_to_an_older_model_is_a_new_version(model, serving):
    for digest in ("one", "two", "one"):
        newest = push.push(says(model, digest), serving)

    assert len(versions.versions(serving)) == 3
    assert newest.name == str(versions.versions(serving)[0])


@pytest.mark.parametrize("damage", ["assets.extra/model.json", SAVED_MODEL])
def test_a_version_that_is_damaged_is_not_taken_for_the_model(
    model, serving, damage
):
    version = push.push(says(model, "one"), serving)
    (version / damage).unlink()

    assert push.push(model, serving) != version


def test_what_a_killed_push_has_left_is_removed(model, serving):
    left = serving / f"{push.TEMPORARY}of-a-dead-process"
    left.mkdir(parents=True)
    (left / "half").write_text("model")
    (serving / push.LOCK_NAME).touch()

    version = push.push(model, serving)

    assert list(serving.iterdir()) == [version]


def test_a_push_under_way_is_left_alone(model, serving, monkeypatch):
    monkeypatch.setattr(push, "LOCK_TIMEOUT", 0.1)
    under_way = serving / f"{push.TEMPORARY}of-another-process"
    under_way.mkdir(parents=True)

    with (
        filelock.FileLock(serving / push.LOCK_NAME),
        pytest.raises(UserError, match="another push"),
    ):
        push.push(model, serving)
    assert under_way.is_dir()
    assert versions.versions(serving) == []


def test_of_two_pushes_at_once_one_waits(model, serving):
    says(model, "one")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        pushes = [pool.submit(push.push, model, serving) for _ in range(8)]
        pushed = {each.result() for each in pushes}

    assert list(serving.iterdir()) == list(pushed)


def test_a_destination_that_cannot_be_written_is_one_line(model, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(UserError, match=r"file/cifar10 \(Not a directory\)"):
        push.push(model, tmp_path / "file" / "cifar10")


def test_a_file_system_without_locks_is_one_line(model, serving, monkeypatch):
    def missing(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", missing)

    with pytest.raises(UserError, match="with locks"):
        push.push(model, serving)
    assert versions.versions(serving) == []


def test_every_user_can_read_it_whatever_the_umask(model, serving, now):
    before = os.umask(0o077)
    try:
        (model / "variables").chmod(0o700)
        version = push.push(model, serving)
    finally:
        os.umask(before)
    for path in (serving.parent, serving, version, *version.rglob("*")):
        wanted = 0o755 if path.is_dir() else 0o644
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path
