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
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from components.image_example_gen.image_file import printable
from components.image_example_gen.image_set import SPLITS
from modules.common.errors import UserError
from modules.common.fields import any_of, some_of

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


def has_splits(root: Path) -> bool:
    """Whether `root` has folders of splits.

    Raises:
      UserError: if one is of images, not of classes.
    """
    splits = [split for split in SPLITS if (root / split).is_dir()]
    for split in splits:
        if _has_images(root / split) and not _folders_in(root / split):
            raise UserError(
                f"{printable(root / split)} has images in it, expected a "
                "folder for each class; sort them into such folders, or, if "
                f"{split} is a class itself, rename it: train and test are the "
                "names of splits."
            )
    return bool(splits)


def is_flat(root: Path) -> bool:
    """Whether each folder in `root`, two at least, has an image in it.

    Raises:
      UserError: if only some have, or the only one.
    """
    folders = _folders_in(root)
    classes = [name for name in folders if _has_images(root / name)]
    if not classes:
        return False
    if others := [printable(Path(n)) for n in folders if n not in classes]:
        raise UserError(
            f"{printable(root)} has no {any_of(SUFFIXES)} files in its "
            f"folder{'s' if others[1:] else ''} {some_of(others)}, unlike "
            f"{printable(Path(classes[0]))}; expected some in each folder, "
            "which is a class. Add images, or move what is no class elsewhere."
        )
    if len(classes) == 1:
        raise UserError(
            f"{printable(root)} has one folder of images, "
            f"{printable(Path(classes[0]))}, expected one for each of two "
            "classes or more; add the others, or give another folder."
        )
    return True


def _has_images(directory: Path) -> bool:
    return any(
        name.lower().endswith(SUFFIXES) and not name.startswith(".")
        for name in os.listdir(directory)
    )


def _folders_in(directory: Path) -> list[str]:
    found = visible(directory, "directory of classes")
    return [name for name, is_folder in found.items() if is_folder]


def class_folders(root: Path) -> tuple[str, ...]:
    """The names of the classes, sorted: the folders of the train split.

    Raises:
      UserError: if there are none, or one is not printable.
    """
    directory = root / split_folders(root)["train"]
    found = _folders_in(directory)
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
    return tuple(sorted(by_class(directory, found)))


def by_class(directory: Path, names: Iterable[str]) -> dict[str, str]:
    """The names in a directory, by the classes that they stand for.

    macOS writes an accent apart from its letter (NFD), most others together
    (NFC): for people it is the same class.

    Raises:
      UserError: if two names stand for one class.
    """
    found: dict[str, str] = {}
    for name in names:
        other = found.setdefault(class_name(name), name)
        if other != name:
            raise UserError(
                f"{printable(directory / name)} is there twice: the names of "
                "two folders differ only in how their accents are stored "
                f"({other!a}, {name!a}). Merge them."
            )
    return found


def class_name(folder: str) -> str:
    """The name of the class that a folder stands for."""
    return unicodedata.normalize("NFC", folder)


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
