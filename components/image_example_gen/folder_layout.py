"""Where the classes and splits of an image folder are.

train/<class>/* and test/<class>/*
train/<class>/* and val/<class>/* or validation/<class>/*
<class>/*, which is split: of each class, the fifth with the smallest hashes
of their names is the test split, so that it is the same in every run and
hardly changes with images that are added.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from components.image_example_gen.image_file import printable
from components.image_example_gen.image_set import SPLITS
from modules.common.errors import UserError

SUFFIXES = (".png", ".jpg", ".jpeg")
VALIDATION = ("val", "validation")
TEST_SHARE = 0.2
"""Of each class of a flat folder: the share that is the test split."""
_SPLIT_KEY = b"the test split of a flat folder"


def split_folders(root: Path) -> dict[str, str]:
    """The folder below `root` of each split; "" where it is flat."""
    if not any((root / split).is_dir() for split in SPLITS):
        return dict.fromkeys(SPLITS, "")
    others = [name for name in VALIDATION if (root / name).is_dir()]
    has_test = (root / "test").is_dir() or not others
    return {"train": "train", "test": "test" if has_test else others[0]}


def _folders_in(directory: Path) -> list[str]:
    found = visible(directory, "directory of classes")
    return [name for name, is_folder in found.items() if is_folder]


def is_flat(root: Path) -> bool:
    """Whether each folder in `root`, two at least, has an image in it."""
    folders = [
        name for name, is_folder in visible(root, "folder").items() if is_folder
    ]
    return len(folders) > 1 and all(
        any(file.lower().endswith(SUFFIXES) for file in os.listdir(root / name))
        for name in folders
    )


def class_folders(root: Path) -> tuple[str, ...]:
    """The names of the classes, sorted: the folders of the train split.

    Raises:
      UserError: if there are none, or one is not printable.
    """
    directory = root / split_folders(root)["train"]
    found = [
        name
        for name, is_folder in visible(
            directory, "directory of classes"
        ).items()
        if is_folder
    ]
    if not found:
        raise UserError(
            f"{printable(directory)} has no folders, expected one for each "
            "class; see docs/YOUR_DATA.md."
        )
    for name in found:
        if not name.isprintable():
            raise UserError(
                f"{printable(directory / name)} has a name that is not UTF-8, "
                "or not printable, which cannot be a class's; rename it."
            )
    return tuple(found)


def part(split: str, directory: Path, files: list[str]) -> list[str]:
    """Those of a flat class's files that are in `split`, sorted.

    At least one image is in each split.
    """
    if len(files) < 2:
        raise UserError(
            f"{printable(directory)} has one image, expected two or more: one "
            "to train on and one to test with. Add some."
        )
    count = min(max(1, round(len(files) * TEST_SHARE)), len(files) - 1)
    ordered = sorted(files, key=lambda name: (_hash(name), name))
    tested = set(ordered[:count])
    return [name for name in files if (name in tested) == (split == "test")]


def _hash(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), key=_SPLIT_KEY).digest()


def visible(directory: Path, expected: str) -> dict[str, bool]:
    """The sorted names in a directory, without hidden files: is it a folder?"""
    if not directory.is_dir():
        raise UserError(
            f"{printable(directory)} is missing, expected a {expected}; "
            "create it."
        )
    with os.scandir(directory) as entries:
        found = {
            entry.name: entry.is_dir()
            for entry in entries
            if not entry.name.startswith(".")
        }
    return dict(sorted(found.items()))
