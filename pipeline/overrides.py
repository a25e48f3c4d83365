"""Overrides of single preset values: `classifier.epochs=12`.

An override is addressed by its path in `RunConfig`, and must have the type and
respect the bounds of that field. Pure Python.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modules.common import fields
from modules.common.fields import Kind
from pipeline.configs import MODELS, SECTIONS, ConfigError, RunConfig

Overrides = Mapping[str, Any]
"""Values by path."""


def parse(texts: Iterable[str], reference: RunConfig) -> dict[str, Any]:
    """`classifier.epochs=12` and the like as values by path.

    Args:
      texts: each PATH=VALUE; of equal paths the last holds.
      reference: any configuration; it has the fields.

    Raises:
      ConfigError: if one of them is no such thing, or has no such field, or no
        value that the field can have.
    """
    found = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(
                f"found {text!r}, expected SECTION.NAME=VALUE, for example "
                "classifier.epochs=12."
            )
        path = path.strip()
        kind = _kind(path, reference)
        try:
            found[path] = kind.parse(value.strip())
        except ValueError:
            raise _unexpected(path, value.strip(), kind) from None
    return found


def from_tables(
    tables: Mapping[str, Any], reference: RunConfig
) -> dict[str, Any]:
    """The tables of a preset file as values by path.

    Raises:
      ConfigError: as `parse` does.
    """
    return _checked(_flattened(tables), reference)


def apply(config: RunConfig, overrides: Overrides) -> RunConfig:
    """`config` with `overrides`; it lists those that change something, by path.

    Raises:
      ConfigError: as `parse` does, or if the values are not compatible.
    """
    changed = {
        path: value
        for path, value in sorted(_checked(overrides, config).items())
        if _value(path, config) != value
    }
    origins = {
        model: _origin(config.origins.get(model, ""), model, changed)
        for model in MODELS
    }
    steps = {tuple(path.split(".")): value for path, value in changed.items()}
    return dataclasses.replace(
        _replaced(config, steps), origins=origins, overrides=changed
    )


def replaced(config: RunConfig, overrides: Overrides) -> RunConfig:
    """`config` with `overrides` as its own values; it does not list them.

    Raises:
      ConfigError: as `apply` does.
    """
    values = _checked(overrides, config)
    steps = {tuple(path.split(".")): value for path, value in values.items()}
    found: RunConfig = _replaced(config, steps)
    return found


def describe(overrides: Overrides) -> list[str]:
    """Each as PATH=VALUE, as `parse` reads it."""
    return [f"{path}={_text(value)}" for path, value in overrides.items()]


def section_of(path: str) -> str:
    """The one of `SECTIONS` that the field at `path` belongs to.

    Raises:
      ConfigError: if it belongs to none.
    """
    for section in SECTIONS:
        if path.startswith(f"{section}."):
            return section
    raise ConfigError(
        f"there is no {path!r} to set; "
        f"{_suggestion(path.partition('.')[0], SECTIONS)}."
    )


def _kind(path: str, config: RunConfig) -> Kind:
    """The kind of what is at `path`."""
    section, name, key = _split(path)
    kinds = fields.kinds(type(config.section(section)))
    kind = kinds.get(name)
    if kind is None or kind.keyed != bool(key):
        names = [f"{n}.NAME" if k.keyed else n for n, k in kinds.items()]
        raise ConfigError(
            f"there is no {path!r} to set; {_suggestion(name, names)} of "
            f"{section}."
        )
    return kind.element if key and kind.element else kind


def _split(path: str) -> tuple[str, str, str]:
    """Section, field and, of a mapping, the key; "" of other fields."""
    section = section_of(path)
    name, _, key = path.removeprefix(f"{section}.").partition(".")
    return section, name, key


def _suggestion(name: str, known: Sequence[str]) -> str:
    """What `name` may have been meant for, or else all that there is."""
    close = difflib.get_close_matches(name, known)
    return f"expected {fields.any_of(close or known)}"


def _flattened(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tables.items():
        if isinstance(value, Mapping):
            found |= _flattened(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def _checked(overrides: Overrides, config: RunConfig) -> dict[str, Any]:
    """`overrides` with values as the fields have them."""
    found = {}
    for path, value in overrides.items():
        kind = _kind(path, config)
        try:
            found[path] = kind.convert(value)
        except ValueError:
            raise _unexpected(path, value, kind) from None
    return found


def _unexpected(path: str, value: Any, kind: Kind) -> ConfigError:
    return ConfigError(f"{path} is {value!r}, expected {kind}.")


def _value(path: str, config: RunConfig) -> Any:
    section, name, key = _split(path)
    value = getattr(config.section(section), name)
    return value.get(key) if key else value


def _replaced(found: Any, overrides: Mapping[tuple[str, ...], Any]) -> Any:
    """A dataclass or mapping with other values at paths inside of it."""
    changes: dict[str, Any] = {}
    deeper: dict[str, dict[tuple[str, ...], Any]] = {}
    for (name, *rest), value in overrides.items():
        if rest:
            deeper.setdefault(name, {})[tuple(rest)] = value
        else:
            changes[name] = value
    if isinstance(found, Mapping):
        return {**found, **changes}
    for name, inner in deeper.items():
        changes[name] = _replaced(getattr(found, name), inner)
    return dataclasses.replace(found, **changes)


def _origin(origin: str, model: str, overrides: Overrides) -> str:
    own = {
        path.removeprefix(f"{model}."): value
        for path, value in overrides.items()
        if path.startswith(f"{model}.")
    }
    return f"{origin}; set: {', '.join(describe(own))}" if own else origin


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
