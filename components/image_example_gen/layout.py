"""`Layout`: how the files of a data set are arranged, as its TOML file has it.

Pure Python.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, Self, get_args

from modules.common.errors import UserError
from modules.common.fields import any_of

FileFormat = Literal["binary", "idx", "mat", "stl10"]
UNLABELLED = "unlabelled"
"""A split that some data sets have beside `train` and `test`: images without
labels, which train the autoencoder and nothing else."""

FILE_FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)


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
    """

    format: FileFormat
    directory: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    image_size: int
    records: int
    label_bytes: int = 1
    label_at: int = 0
    first_label: int = 0
    unlabelled: tuple[str, ...] = ()

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
          UserError: if a value is missing, unknown or of the wrong type.
        """
        fields = {field.name: field for field in dataclasses.fields(cls)}
        if unknown := sorted(set(values) - set(fields)):
            raise UserError(
                f"[layout] has {unknown[0]!r}, expected {any_of(fields)}."
            )
        found: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        for name, field in fields.items():
            kind = {"int": int, "FileFormat": str, "str": str}.get(
                str(field.type), tuple
            )
            missing = field.default is dataclasses.MISSING
            if (missing and name not in found) or (
                name in found and type(found[name]) is not kind
            ):
                raise UserError(
                    f"[layout] has {name} = {values.get(name)!r}, expected "
                    f"{'names in a list' if kind is tuple else kind.__name__}."
                )
        if found["format"] not in FILE_FORMATS:
            raise UserError(
                f"[layout] has format = {found['format']!r}, expected "
                f"{any_of(FILE_FORMATS)}."
            )
        if found.get("unlabelled") and found["format"] != "stl10":
            raise UserError(
                f"[layout] has unlabelled files in the format "
                f"{found['format']}, expected them in stl10 only."
            )
        return cls(**found)


CIFAR10 = Layout(
    format="binary",
    directory="cifar-10-batches-bin",
    train=tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    test=("test_batch.bin",),
    image_size=32,
    records=10_000,
)
"""Also that of the built-in sample."""
