from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from components.image_example_gen.formats import detect, open_image_set
from modules.common.errors import UserError
from tests.support.image_sets import SPEC, write_folder


@pytest.fixture
def root(tmp_path):
    return write_folder(tmp_path)


@pytest.fixture
def images(root):
    return open_image_set(root, "image_folder", SPEC)


def check(images):
    images.counts()
    images.check(lambda done, total: None)


def test_a_folder_of_splits_is_recognized(root):
    assert detect(root) == (root, "image_folder")


def test_the_label_is_the_place_of_the_folder_in_the_class_list(images):
    train = [s for s in images.shards(100) if s.split == "train"]
    read = images.read(train[0])
    assert read.keys[2] == "train/bee/0.png"
    assert read.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert read.pixels.shape == (6, 4, 4, 3)
    assert (read.pixels[2] == 40).all()


def test_shards_cover_every_image_once_under_a_unique_key(images):
    keys = [k for shard in images.shards(4) for k in images.read(shard).keys]
    assert len(keys) == len(set(keys)) == 12
    assert sorted(keys) == sorted(images.files())


def test_good_images_pass_and_progress_ends_at_the_total(images):
    calls = []
    images.check(lambda done, total: calls.append((done, total)))
    assert calls[-1] == (12, 12)


def test_grey_and_transparent_images_become_rgb(root, images):
    Image.new("L", (4, 4), 7).save(root / "train" / "ant" / "0.png")
    Image.new("RGBA", (4, 4), (1, 2, 3, 9)).save(root / "train/bee/0.png")
    pixels = images.read(images.shards(100)[0]).pixels
    np.testing.assert_array_equal(pixels[0, 0, 0], [7, 7, 7])
    np.testing.assert_array_equal(pixels[2, 0, 0], [1, 2, 3])


def test_hidden_and_foreign_files_are_no_images(root, images):
    (root / "train" / "ant" / ".DS_Store").touch()
    (root / "train" / "ant" / "notes.txt").touch()
    assert images.counts() == {"train": 6, "test": 6}


def test_an_empty_class_is_named(root, images):
    for file in (root / "test" / "cow").iterdir():
        file.unlink()
    with pytest.raises(UserError, match="test/cow has no images"):
        check(images)


def test_a_missing_class_is_named(root, images):
    (root / "train" / "bee").rename(root / "bee")
    with pytest.raises(UserError, match="train/bee is missing"):
        check(images)


def test_a_missing_split_is_named(root, images):
    (root / "test").rename(root / "validation")
    with pytest.raises(UserError, match="test is missing"):
        check(images)


def test_a_folder_of_no_class_is_named(root, images):
    (root / "train" / "dinosaur").mkdir()
    with pytest.raises(UserError, match="train/dinosaur is no class"):
        check(images)


@pytest.mark.parametrize("name", ["0.png", "1.jpg"])
@pytest.mark.parametrize("damage", ["garbage", "truncated", "empty"])
def test_an_undecodable_image_is_named(root, images, name, damage):
    path = root / "train" / "cow" / name
    content = path.read_bytes()
    path.write_bytes(
        {
            "garbage": b"no image at all",
            "truncated": content[: len(content) // 2],
            "empty": b"",
        }[damage]
    )
    with pytest.raises(UserError, match=f"train/cow/{name} cannot be decoded"):
        check(images)


def test_an_image_of_the_wrong_size_is_named_with_its_size(root, images):
    Image.new("RGB", (5, 4)).save(root / "test" / "ant" / "0.png")
    with pytest.raises(
        UserError, match=r"test/ant/0\.png is 5x4 pixels, expected 4x4"
    ):
        check(images)
