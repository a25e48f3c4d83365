"""Data set files: TOML, from the user or from this package.

    name = "flowers"                   # The file's name without it.
    title = "Garden flowers"
    image_size = 64
    classes = ["rose", "tulip"]        # The folder's, sorted, without it.

    [sampling.caps]
    rose = 500

    [gates]
    min_accuracy = 0.7

docs/YOUR_DATA.md explains all of it. Pure Python.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.image_example_gen.layout import Layout
from modules.common.errors import UserError
from modules.common.fields import any_of
from pipeline.datasets.config import SECTIONS, DatasetConfig, RemoteFile

SUFFIX = ".toml"
_DIRECTORY = Path(__file__).parent
KEYS: Mapping[str, tuple[type, str]] = {
    "name": (str, "a text"),
    "title": (str, "a text"),
    "image_size": (int, "a whole number"),
    "classes": (list, "a list of names"),
    "resize": (str, "a text"),
    "grey": (bool, "true or false"),
    "min_images": (int, "a whole number"),
    "train_images": (int, "a whole number"),
}


class DatasetFile(dict[str, Any]):
    """The fields of `DatasetConfig` that a file states, by name."""


def names() -> tuple[str, ...]:
    """The data sets of this package."""
    return tuple(sorted(path.stem for path in _DIRECTORY.glob(f"*{SUFFIX}")))


@functools.cache
def shipped(name: str) -> DatasetConfig:
    """A data set of this package, by its name.

    Raises:
      UserError: if there is no such data set.
    """
    if name not in names():
        raise UserError(
            f"the data set is {name!r}, expected "
            f"{any_of([*names(), f'a {SUFFIX} file'])}."
        )
    return DatasetConfig(**read(_DIRECTORY / f"{name}{SUFFIX}"))


def read(file: Path) -> DatasetFile:
    """What a file states of a data set; the rest is a folder's to say.

    Raises:
      UserError: if it is no data set file: which key has what, and what it may
        have.
    """
    tables = _parsed(file)
    found = DatasetFile(name=file.stem)
    found |= _official(file, tables)
    for key, value in tables.items():
        if key in SECTIONS and isinstance(value, Mapping):
            continue
        if key not in KEYS:
            known = any_of([*KEYS, *(f"[{each}]" for each in SECTIONS)])
            raise UserError(f"{file} has {key!r}, expected {known}.")
        kind, words = KEYS[key]
        if type(value) is not kind:
            raise UserError(f"{file}: {key} is {value!r}, expected {words}.")
        found[key] = value
    if "classes" in found:
        found["class_names"] = _class_names(file, found.pop("classes"))
    found["defaults"] = _flattened(
        {key: tables[key] for key in SECTIONS if key in tables}
    )
    return found


def _official(file: Path, tables: dict[str, Any]) -> dict[str, Any]:
    """The layout and the places of the official files; taken from `tables`."""
    found: dict[str, Any] = {}
    try:
        if "layout" in tables:
            found["layout"] = _layout(tables.pop("layout"))
        found["archives"] = _archives(tables.pop("archives", []))
    except UserError as error:
        raise UserError(f"{file}: {error}") from error
    return found


def _layout(table: Any) -> Layout:
    if not isinstance(table, Mapping):
        raise UserError(f"layout is {table!r}, expected a table [layout].")
    return Layout.from_dict(table)


def _archives(tables: Any) -> tuple[RemoteFile, ...]:
    if not isinstance(tables, list):
        raise UserError(
            f"archives is {tables!r}, expected a table [[archives]] of each "
            "file."
        )
    for each in tables:
        if not isinstance(each, Mapping) or set(each) != {"url", "md5"}:
            raise UserError(
                f"[[archives]] has {each!r}, expected a url and an md5."
            )
    return tuple(RemoteFile(**each) for each in tables)


def _class_names(file: Path, classes: list[Any]) -> tuple[str, ...]:
    for each in classes:
        if not isinstance(each, str):
            raise UserError(
                f"{file}: classes has {each!r}, expected names in quotes."
            )
    return tuple(classes)


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise UserError(
            f"cannot read the data set {file} ({error.strerror}); expected "
            f"{any_of([*names(), f'a {SUFFIX} file'])}."
        ) from error
    except ValueError as error:  # TOML's and Unicode's.
        raise UserError(f"{file} is not TOML ({error}); correct it.") from error


def _flattened(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Values by path, such as `sampling.caps.rose`."""
    found: dict[str, Any] = {}
    for key, value in tables.items():
        if isinstance(value, Mapping):
            found |= _flattened(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found
