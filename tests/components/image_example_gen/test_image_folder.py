from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from components.image_example_gen.folder_layout import class_folders
from components.image_example_gen.formats import detect, open_image_set
from modules.common.errors import UserError
from tests.support.image_kinds import kinds
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
    Image.new("RGBA", (4, 4), (1, 2, 3, 0)).save(root / "train/bee/0.png")
    pixels = images.read(images.shards(100)[0]).pixels
    np.testing.assert_array_equal(pixels[0, 0, 0], [7, 7, 7])
    np.testing.assert_array_equal(pixels[2, 0, 0], [255, 255, 255])


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
    (root / "test").rename(root / "other")
    with pytest.raises(UserError, match="test is missing"):
        check(images)


def test_a_folder_of_no_class_is_named(root, images):
    (root / "train" / "dinosaur").mkdir()
    with pytest.raises(UserError, match="train/dinosaur is not a class"):
        check(images)


@pytest.mark.parametrize(
    ("folder", "name", "kind"),
    [
        ("cifar-100-python", "meta", "the Python version of CIFAR-100"),
        (
            "cifar-10-batches-py",
            "data_batch_1",
            "the Python version of CIFAR-10",
        ),
        ("cifar-100-binary", "fine_label_names.txt", "CIFAR-100"),
    ],
)
@pytest.mark.parametrize("parent", [True, False])
def test_another_data_set_is_named_for_what_it_is(
    tmp_path, folder, name, kind, parent
):
    directory = tmp_path / folder
    directory.mkdir()
    for file in (name, "train", "test", "train.bin"):
        (directory / file).touch()
    with pytest.raises(UserError, match=f"{folder} is .*{kind}"):
        detect(tmp_path if parent else directory)


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


def test_an_image_of_another_size_is_resized_and_counted(root, images):
    step = Image.new("RGB", (8, 6), (0, 0, 0))
    step.paste((200, 100, 0), (4, 0, 8, 6))
    step.save(root / "train" / "ant" / "0.png")
    check(images)
    pixels = images.read(images.shards(100)[0]).pixels
    assert pixels.shape == (6, 4, 4, 3)
    expected = np.asarray(step.resize((4, 4), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(pixels[0], expected)
    assert images.remarks() == ["1 of other sizes, resized to 4x4"]


def test_what_is_left_out_is_counted(root, images):
    (root / "train/ant/notes.txt").touch()
    (root / "test/bee/0.gif").touch()
    (root / "test/bee/more.png").mkdir()
    check(images)
    assert images.counts() == {"train": 6, "test": 6}
    assert images.remarks() == [
        "2 not .png, .jpg, .jpeg, left out",
        "1 sub-folders of classes, left out",
    ]


def refusal(images):
    with pytest.raises(UserError) as error:
        check(images)
    said = str(error.value)
    assert said.isprintable()
    return said


@pytest.mark.parametrize(
    "kind", [k for k in kinds() if k.refused], ids=lambda kind: kind.name
)
def test_what_the_server_refuses_is_refused_by_name(root, images, kind):
    (root / "train/cow/0.png").write_bytes(kind.file)
    assert "train/cow/0.png" in refusal(images)


def test_no_other_program_is_started_for_a_file_of_another_kind(
    root, images, monkeypatch
):
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EOF\n"
    (root / "train/cow/0.png").write_bytes(postscript)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert "no PNG or JPEG" in refusal(images)


def test_a_pipe_neither_blocks_nor_passes(root, images):
    path = root / "train/cow/0.png"
    path.unlink()
    os.mkfifo(path)
    assert "0.png is not a regular file" in refusal(images)


def test_a_device_is_refused(root, images):
    path = root / "train/cow/0.png"
    path.unlink()
    path.symlink_to("/dev/zero")
    assert "0.png is not a regular file" in refusal(images)


def test_a_link_to_nothing_is_named(root, images):
    path = root / "train/cow/0.png"
    path.unlink()
    path.symlink_to("nowhere")
    assert "0.png cannot be opened" in refusal(images)


def test_a_name_that_is_not_utf_8_is_named(root, images):
    shutil.copy(
        root / "train/cow/0.png", os.fsencode(root) + b"/train/cow/\xe9.png"
    )
    assert r"cow/\xe9.png has a name that is not UTF-8" in refusal(images)


def test_a_name_cannot_pass_for_another_message(root, images):
    name = "x\n\x1b[2Jerror: all fine.png"
    (root / "train/cow" / name).write_bytes(b"no image")
    assert r"cow/x\n\x1b[2Jerror: all fine.png cannot be" in refusal(images)


def opened(root):
    images = open_image_set(root, "image_folder", SPEC)
    images.check(lambda done, total: None)
    return images


@pytest.mark.parametrize("name", ["val", "validation"])
def test_a_validation_folder_is_the_test_split_where_there_is_none(
    tmp_path, name
):
    root = write_folder(tmp_path / "data")
    before = opened(root).counts()
    (root / "test").rename(root / name)
    images = opened(root)
    assert images.counts() == before
    assert any(key.startswith(f"{name}/") for key in images.files())
    assert images.remarks() == []


def test_a_validation_folder_beside_a_test_folder_is_left_out(tmp_path):
    root = write_folder(tmp_path / "data")
    shutil.copytree(root / "test", root / "val")
    images = opened(root)
    assert not any("val/" in key for key in images.files())
    assert images.remarks() == ["val/ is left out"]


def test_a_flat_folder_is_split_by_class_and_always_in_the_same_way(tmp_path):
    root = write_folder(tmp_path / "data", per_class=20) / "train"
    assert detect(root) == (root, "image_folder")
    images = opened(root)
    assert images.counts() == {"train": 3 * 16, "test": 3 * 4}
    assert len(set(images.files())) == 3 * 20
    assert opened(root).files() == images.files()
    tested = {
        key for shard in images.shards(99) if shard.split == "test"
        for key in images.read(shard).keys
    }  # fmt: skip
    # Others stay where they were when an image is added.
    shutil.copy(root / "ant" / "0.png", root / "ant" / "new.png")
    again = {
        key for shard in opened(root).shards(99) if shard.split == "test"
        for key in opened(root).read(shard).keys
    }  # fmt: skip
    assert len(tested - again) <= 1


def test_a_flat_class_of_one_image_cannot_be_split(tmp_path):
    root = write_folder(tmp_path / "data", per_class=1) / "train"
    with pytest.raises(UserError, match="ant has one image, expected two"):
        opened(root)


def without_images(root):
    for file in (root / "bee").iterdir():
        file.rename(file.with_suffix(".webp"))


def with_ant_alone(root):
    for name in ("bee", "cow"):
        shutil.rmtree(root / name)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without_images, r"no .png, .jpg or .jpeg files in its folder bee, un"),
        (
            lambda root: (root / "@eaDir").mkdir(),
            "in its folder @eaDir, unlike",
        ),
        (
            lambda root: [(root / n).mkdir() for n in ("x", "__MACOSX")],
            "in its folders __MACOSX, x, unlike ant; expected some in each",
        ),
        (
            with_ant_alone,
            "has one folder of images, ant, expected one for each of two",
        ),
        (
            lambda root: (root / "bee").rename(root / "train"),
            "data/train has images in it, expected a folder for each class",
        ),
        (
            lambda root: (root / "bee").rename(root / "test"),
            "if test is a class itself, rename it",
        ),
    ],
)
def test_what_keeps_a_flat_folder_from_being_one_is_named(
    tmp_path, change, said
):
    root = tmp_path / "data"
    write_folder(tmp_path / "made")
    (tmp_path / "made" / "train").rename(root)
    change(root)
    with pytest.raises(UserError, match=said) as error:
        detect(root)
    assert str(error.value).isprintable()


COMPOSED, APART = "ros\u00e9", "rose\u0301"


@pytest.mark.parametrize("stated", [COMPOSED, APART])
def test_an_accent_apart_from_its_letter_is_the_same_class(tmp_path, stated):
    root = write_folder(tmp_path / "data", classes=("ant", COMPOSED))
    (root / "train" / COMPOSED).rename(root / "train" / APART)
    assert class_folders(root) == ("ant", COMPOSED)
    spec = dataclasses.replace(SPEC, class_names=("ant", stated))
    images = open_image_set(root, "image_folder", spec)
    images.check(lambda done, total: None)
    assert images.counts() == {"train": 4, "test": 4}
    keys = [k for shard in images.shards(9) for k in images.read(shard).keys]
    assert f"train/{APART}/0.png" in keys
    assert f"test/{COMPOSED}/0.png" in keys


def test_one_class_in_two_folders_is_named(tmp_path):
    root = write_folder(tmp_path / "data", classes=(COMPOSED, APART))
    with pytest.raises(
        UserError, match=r"there twice.*'rose.u0301', 'ros.xe9'"
    ):
        class_folders(root)


def test_letterboxed_images_keep_their_aspect_ratio(tmp_path):
    root = write_folder(tmp_path / "data", image_size=8)
    path = root / "train" / "ant" / "0.png"
    Image.fromarray(np.full((2, 8, 3), 200, np.uint8)).save(path)
    spec = dataclasses.replace(SPEC, resize="letterbox")
    images = open_image_set(root, "image_folder", spec)
    shard = next(s for s in images.shards(99) if s.split == "train")
    first = images.read(shard).pixels[0, :, :, 0]
    assert first.tolist() == [[0] * 4, [200] * 4, [0] * 4, [0] * 4]
