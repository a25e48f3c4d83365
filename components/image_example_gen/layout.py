"""`Layout`: how the files of a data set are arranged, as its TOML file has it.

Pure Python.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self, get_args

from modules.common.errors import UserError
from modules.common.fields import (
    ONE_OR_MORE,
    Bounds,
    any_of,
    bounded,
    problems,
    required,
)

FileFormat = Literal["binary", "idx", "mat", "stl10"]
UNLABELLED = "unlabelled"
"""A split that some data sets have beside `train` and `test`: images without
labels, which train the autoencoder and nothing else."""

FILE_FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)
_IN_PAIRS = ("idx", "stl10")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layout:
    """The files of a data set in a format that does not describe itself.

    Attributes:
      format: `binary`, CIFAR's records; `idx`, MNIST's; `mat`, SVHN's MATLAB
        files; `stl10`, STL-10's planes.
      directory: that they are in, inside an archive or in the cache.
      train: their names. In `idx` and `stl10`, images and labels by turns.
      test: likewise.
      unlabelled: of files with images alone, for the autoencoder; only in
        `stl10`.
      image_size: height and width of the stored images, pixels.
      records: the most images that a file may have.
      label_bytes: of a `binary` record.
      label_at: which of them is the label, from 0.
      first_label: the label of the first class, in the files.

    Raises:
      UserError: if a value is invalid.
    """

    format: FileFormat
    directory: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    image_size: int = required(ONE_OR_MORE)
    records: int = required(ONE_OR_MORE)
    label_bytes: int = bounded(1, ONE_OR_MORE)
    label_at: int = 0
    first_label: int = bounded(0, Bounds(at_least=0, at_most=255))
    unlabelled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, expected in self._problems():
            found = getattr(self, name)
            found = list(found) if isinstance(found, tuple) else found
            raise UserError(
                f"[layout] has {name} = {found!r}, expected {expected}."
            )

    def _problems(self) -> Iterator[tuple[str, str]]:
        """The names of invalid values, and what they may be."""
        for name, _, kind in problems(self):
            if kind.element is None:
                yield name, str(kind)
        if not is_plain_name(self.directory):
            yield "directory", "the name of one folder, without /"
        seen: set[str] = set()
        for name in ("train", "test", UNLABELLED):
            files = getattr(self, name)
            if type(files) is not tuple or not all(map(is_plain_name, files)):
                yield name, "names of files, without /, in a list"
            if len(seen.union(files)) < len(seen) + len(files):
                yield name, "each file once, and in no other split"
            seen.update(files)
        for name in ("train", "test"):
            count = len(getattr(self, name))
            if count == 0:
                yield name, "at least one name of a file"
            if self.format in _IN_PAIRS and count % 2:
                yield name, "names by turns, of images and of their labels"
        if self.unlabelled and self.format != "stl10":
            yield UNLABELLED, f"none in the format {self.format}, but in stl10"
        if self.label_bytes > 1 and self.format != "binary":
            yield (
                "label_bytes",
                f"1 in the format {self.format}; 2 or more are for binary",
            )
        if not 0 <= self.label_at < self.label_bytes:
            last = self.label_bytes - 1
            yield "label_at", f"0 to {last}, one of the label_bytes"

    @property
    def files(self) -> dict[str, tuple[str, ...]]:
        """The names of the files of each split."""
        found = {"train": self.train, "test": self.test}
        if self.unlabelled:
            found[UNLABELLED] = self.unlabelled
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all files."""
        return self.train + self.test + self.unlabelled

    @property
    def max_bytes(self) -> int:
        """The most bytes that a file has, unpacked."""
        return self.records * (self.label_bytes + 3 * self.image_size**2)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-compatible values; those of earlier versions where it can."""
        found = dataclasses.asdict(self)
        if not self.unlabelled:
            del found["unlabelled"]  # What was cached without it stays valid.
        return found

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A layout, from TOML or JSON.

        Raises:
          UserError: if a value is missing, unknown or invalid.
        """
        fields = {field.name: field for field in dataclasses.fields(cls)}
        if unknown := sorted(set(values) - set(fields)):
            raise UserError(
                f"[layout] has {unknown[0]!r}, expected {any_of(fields)}."
            )
        for name, field in fields.items():
            if name not in values and field.default is dataclasses.MISSING:
                raise UserError(f"[layout] has no {name}; add it.")
        found: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**found)


def is_plain_name(name: object) -> bool:
    """Whether a file in a folder can have this name, in any message too."""
    return (
        isinstance(name, str)
        and bool(name.strip())
        and name.isprintable()
        and "/" not in name
        and name not in (".", "..")
    )


CIFAR10 = Layout(
    format="binary",
    directory="cifar-10-batches-bin",
    train=tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    test=("test_batch.bin",),
    image_size=32,
    records=10_000,
)
"""Also that of the built-in sample."""
