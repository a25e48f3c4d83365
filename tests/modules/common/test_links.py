"""Roots whose paths look like patterns, as TensorFlow and Beam see them."""

import tempfile

import apache_beam as beam
import pytest
import tensorflow as tf
from apache_beam.testing.test_pipeline import TestPipeline
from apache_beam.testing.util import assert_that, equal_to

from modules.common import links
from modules.common.errors import UserError


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """The directory for temporary files."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "a [b], *c?\\d [/x] é"
    root.mkdir(parents=True)
    return root


def test_a_root_without_glob_characters_needs_no_link(tmp_path, temporary):
    assert links.reachable(tmp_path) == tmp_path
    assert links.original(f"{tmp_path}/x", tmp_path) == f"{tmp_path}/x"
    assert not list(temporary.iterdir())


def test_files_are_found_through_the_link_and_not_without(root):
    (root / "a.txt").write_text("found")
    link = links.reachable(root)
    assert tf.io.gfile.glob(f"{root}/*.txt") == []
    assert tf.io.gfile.glob(f"{link}/*.txt") == [f"{link}/a.txt"]
    with TestPipeline(runner="FnApiRunner") as pipeline:
        lines = pipeline | beam.io.ReadFromText(f"{link}/*.txt")
        assert_that(lines, equal_to(["found"]))


def test_a_saved_model_is_loaded_through_the_link(root):
    model = tf.Module()
    model.three = tf.Variable(3.0)
    model.call = tf.function(lambda: model.three, input_signature=[])
    tf.saved_model.save(model, str(links.reachable(root)))
    loaded = tf.saved_model.load(str(links.reachable(root)))
    assert loaded.call().numpy() == 3.0


def test_the_link_is_the_same_in_the_next_run(root):
    link = links.reachable(root)
    assert links.reachable(root) == link
    link.unlink()
    link.symlink_to("/elsewhere")
    assert links.reachable(root) == link
    assert link.resolve() == root.resolve()


def test_the_user_is_shown_the_roots_own_path(root):
    link = links.reachable(root)
    assert links.original(f"{link}/serving/m/1", root) == f"{root}/serving/m/1"
    assert links.original(f"{link}-other", root) == f"{link}-other"


def test_a_directory_that_others_may_write_to_is_not_used(root):
    links.reachable(root).parent.chmod(0o777)
    with pytest.raises(UserError, match="only you can write to"):
        links.reachable(root)


def test_a_link_in_the_directorys_place_is_not_followed(root, tmp_path):
    directory = links.reachable(root).parent
    moved = directory.rename(tmp_path / "moved")
    directory.symlink_to(moved)
    with pytest.raises(UserError, match="only you can write to"):
        links.reachable(root)


def test_two_directories_with_glob_characters_are_refused(
    root, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "[x]"))
    with pytest.raises(UserError, match="Set TMPDIR"):
        links.reachable(root)
