"""A preset as a TOML file: its base preset, and overrides.

    base = "cpu"
    name = "long"                      # The file's name without it.
    description = "Twice the epochs."

    [classifier]
    epochs = 48

    [sampling.caps]
    bird = 1000

The tables are `pipeline.configs.SECTIONS`. Pure Python.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from modules.common import fields
from modules.common.errors import UserError
from pipeline import overrides
from pipeline.configs import ConfigError
from pipeline.presets import PRESETS

SUFFIX = ".toml"


@dataclasses.dataclass(frozen=True, kw_only=True)
class PresetFile:
    """The contents of a preset file.

    Attributes:
      file: where it is.
      base: the preset that it is based on.
      overrides: the values that differ from it, by path.
      name: what it is called.
      description: its purpose; "" if not given.
    """

    file: Path
    base: str
    overrides: Mapping[str, Any]
    name: str
    description: str = ""

    def __str__(self) -> str:
        about = f": {self.description}" if self.description else ""
        return f"{self.name} ({self.file}, based on {self.base}){about}"

    @classmethod
    def read(cls, file: Path) -> Self:
        """Reads `file`.

        Raises:
          ConfigError: if it is no preset file: which key has what, and what it
            may have.
        """
        tables = _parsed(file)
        base = tables.pop("base", None)
        if base not in PRESETS:
            found = "missing" if base is None else repr(base)
            raise ConfigError(
                f"{file}: base is {found}, expected {fields.any_of(PRESETS)}."
            )
        name = _text(file, tables, "name") or file.stem
        description = _text(file, tables, "description")
        try:
            values = overrides.from_tables(tables, PRESETS[base]())
        except ConfigError as error:
            raise ConfigError(f"{file}: {error}") from error
        return cls(
            file=file,
            base=base,
            overrides=values,
            name=name,
            description=description,
        )


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise UserError(
            f"cannot read the preset {file} ({error.strerror}); expected "
            f"{fields.any_of([*PRESETS, f'a {SUFFIX} file'])}."
        ) from error
    except ValueError as error:  # TOML's and Unicode's.
        raise ConfigError(
            f"{file} is not TOML ({error}); correct it."
        ) from error


def _text(file: Path, tables: dict[str, Any], key: str) -> str:
    value = tables.pop(key, "")
    if not isinstance(value, str):
        raise ConfigError(f"{file}: {key} is {value!r}, expected a text.")
    return value
