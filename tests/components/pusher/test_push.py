"""A push is atomic, and its version is the newest."""

import pathlib

import pytest

from components.pusher import push, versions
from modules.errors import UserError


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
    assert files(version) == files(model)


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
