"""The data set of a request: by name, by file, or what its folder says."""

import os

import numpy as np
import pytest
from PIL import Image

from modules.common.errors import UserError
from pipeline import presets
from pipeline.data import derive
from pipeline.presets import CIFAR10
from tests.support.image_sets import write_binary, write_folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(
        tmp_path / "My Flowers!", classes=("tulip", "rose"), image_size=64
    )


def test_a_folder_says_what_its_classes_are_and_how_large(folder):
    found = derive.choose(str(folder), None)
    assert found.name == "my_flowers"
    assert found.label == "My Flowers!"
    assert found.class_names == ("rose", "tulip")
    assert found.image_size == 64
    assert found.grey
    assert found.train_images == 4


def test_other_layouts_of_a_folder_say_the_same(folder):
    (folder / "test").rename(folder / "validation")
    assert derive.choose(str(folder), None).class_names == ("rose", "tulip")
    flat = folder / "train"
    assert derive.choose(str(flat), None).class_names == ("rose", "tulip")


@pytest.mark.parametrize(
    ("shape", "size"),
    [((8, 8), 16), ((300, 200), 96), ((51, 70), 48), ((28, 28), 28)],
)
def test_the_size_is_that_of_the_images_within_bounds(tmp_path, shape, size):
    root = write_folder(tmp_path / "a")
    for path in root.rglob("*.*"):
        Image.fromarray(np.zeros((*shape, 3), np.uint8)).save(path)
    assert derive.choose(str(root), None).image_size == size


def test_one_coloured_image_is_enough_for_colour(folder):
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[0, 0] = (9, 0, 0)
    Image.fromarray(pixels).save(folder / "train" / "rose" / "0.png")
    assert not derive.choose(str(folder), None).grey


def test_a_small_data_set_is_trained_on_in_small_batches(tmp_path):
    root = write_folder(tmp_path / "a", per_class=400, classes=("b", "c"))
    found = derive.choose(str(root), None)
    assert presets.cpu(found).classifier.batch_size == 800 // 20
    assert presets.cpu().classifier.batch_size == 500


def test_what_is_no_folder_of_images_is_the_default_data_set(tmp_path):
    assert derive.choose("auto", None) == CIFAR10
    assert derive.choose("sample", None) == CIFAR10
    assert derive.choose(str(tmp_path / "nowhere"), None) == CIFAR10
    binary = write_binary(tmp_path / "cifar-10-batches-bin")
    assert derive.choose(str(binary), None) == CIFAR10


def test_a_folder_of_the_default_data_sets_classes_is_that(tmp_path):
    root = write_folder(tmp_path / "jpg", classes=CIFAR10.class_names)
    assert derive.choose(str(root), None) == CIFAR10


def test_no_other_data_set_gets_the_name_of_one_that_ships(tmp_path):
    root = write_folder(tmp_path / "cifar10")
    assert derive.choose(str(root), None).name == "cifar10_images"


def test_a_file_goes_over_what_the_folder_says(folder, tmp_path):
    file = tmp_path / "garden.toml"
    file.write_text('image_size = 32\ntitle = "Garden"')
    found = derive.choose(str(folder), str(file))
    assert (found.name, found.label) == ("garden", "Garden")
    assert found.image_size == 32
    assert found.class_names == ("rose", "tulip")


def test_a_file_without_classes_needs_a_folder(tmp_path):
    file = tmp_path / "garden.toml"
    file.write_text("image_size = 32")
    with pytest.raises(UserError, match=r"garden\.toml has no classes, and au"):
        derive.choose("auto", str(file))


def test_a_damaged_image_is_left_to_the_check(folder):
    (folder / "train" / "rose" / "0.png").write_bytes(b"no image")
    assert derive.choose(str(folder), None).image_size == 64


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\x1b[2J", r"a\\x1b\[2J"), (os.fsdecode(b"\xe9"), r"\\xe9")],
)
def test_a_class_that_no_terminal_can_show_is_named(folder, name, shown):
    (folder / "train" / name).mkdir()
    said = f"train/{shown} has a name that is not UTF-8, or not printable"
    with pytest.raises(UserError, match=said):
        derive.choose(str(folder), None)


@pytest.mark.parametrize("place", ["train/loop", "train/rose/loop.png"])
def test_a_link_that_leads_nowhere_is_one_line(folder, place):
    (folder / place).symlink_to(folder / place)
    with pytest.raises(UserError, match=f"{place} cannot be used: .* links"):
        derive.choose(str(folder), None)


@pytest.mark.parametrize("place", ["train", "train/rose"])
def test_a_folder_that_may_not_be_read_is_one_line(folder, place, monkeypatch):
    closed, scandir = str(folder / place), os.scandir

    def refusing(path):
        if str(path) == closed:
            raise PermissionError(13, "Permission denied", closed)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(UserError, match=f"{place} cannot be used: Permission"):
        derive.choose(str(folder), None)


@pytest.mark.parametrize(
    ("data", "dataset"),
    [("~no-such-user/x", None), ("auto", "~no-such-user/x.toml")],
)
def test_a_home_that_is_unknown_is_one_line(data, dataset):
    with pytest.raises(UserError, match="begins with ~no-such-user, but no"):
        derive.choose(data, dataset)
