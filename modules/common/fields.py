"""The valid values of a dataclass field: type, bounds, and a description.

Bounds are metadata of the field, beside its default. The command line, preset
files and Kubeflow's parameters share these checks and their error messages.
Standard library only.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import math
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_BOUNDS = "bounds"
_NONE = "none"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bounds:
    """The range of allowed numbers; None leaves an end open.

    Attributes:
      at_least: the smallest allowed.
      above: an exclusive lower bound.
      at_most: the largest allowed.
      below: an exclusive upper bound.
    """

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def allow(self, number: float) -> bool:
        """Whether `number` lies within."""
        return (
            (self.at_least is None or number >= self.at_least)
            and (self.above is None or number > self.above)
            and (self.at_most is None or number <= self.at_most)
            and (self.below is None or number < self.below)
        )

    def __str__(self) -> str:
        ends = {
            "of at least": self.at_least,
            "above": self.above,
            "at most": self.at_most,
            "below": self.below,
        }
        return " and ".join(
            f"{words} {end}" for words, end in ends.items() if end is not None
        )


ANY = Bounds()
POSITIVE = Bounds(above=0)
NOT_NEGATIVE = Bounds(at_least=0)
ONE_OR_MORE = Bounds(at_least=1)
SHARE = Bounds(at_least=0, at_most=1)


def bounded(default: Any, bounds: Bounds, **metadata: Any) -> Any:
    """A field with `default` whose numbers keep to `bounds`."""
    return dataclasses.field(
        default=default, metadata={_BOUNDS: bounds, **metadata}
    )


def required(bounds: Bounds) -> Any:
    """A field without a default whose numbers keep to `bounds`."""
    return dataclasses.field(metadata={_BOUNDS: bounds})


@dataclasses.dataclass(frozen=True)
class Kind:
    """The type and bounds of a field's values.

    Attributes:
      hint: its type: bool, int, float, str, a `Literal`, a homogeneous tuple
        or mapping of those, or one of them or None.
      bounds: of each number.
    """

    hint: Any
    bounds: Bounds = ANY

    def parse(self, text: str) -> Any:
        """The value that `text` stands for.

        Raises:
          ValueError: if it is none of this kind's.
        """
        if (inner := self._not_none()) is not None:
            return None if text.lower() == _NONE else inner.parse(text)
        if (element := self.element) is not None:
            return tuple(element.parse(part) for part in text.split(","))
        if self.hint is bool:
            return ("false", "true").index(text.lower()) == 1
        number = self.hint in (int, float)
        return self.convert(self.hint(text) if number else text)

    def convert(self, value: Any) -> Any:
        """`value`, as JSON or TOML has it, as the field has it.

        Raises:
          ValueError: if it is none of this kind's.
        """
        if (inner := self._not_none()) is not None:
            return None if value in (None, _NONE) else inner.convert(value)
        if (element := self.element) is not None:
            return element._convert_all(value)
        if choices := self.choices:
            return choices[choices.index(value)]
        if self.hint is float and type(value) is int:
            value = float(value)
        if type(value) is not self.hint:
            raise ValueError(value)
        number = isinstance(value, int | float)
        if number and not (math.isfinite(value) and self.bounds.allow(value)):
            raise ValueError(value)
        return value

    def _convert_all(self, values: Any) -> Any:
        if isinstance(values, Mapping):
            return {str(k): self.convert(v) for k, v in values.items()}
        if isinstance(values, list | tuple):
            return tuple(map(self.convert, values))
        raise ValueError(values)

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values of a `Literal`; none of another type."""
        literal = typing.get_origin(self.hint) is typing.Literal
        return typing.get_args(self.hint) if literal else ()

    @property
    def element(self) -> Kind | None:
        """What a tuple or the values of a mapping have; None of others."""
        if typing.get_origin(self.hint) is tuple:
            return Kind(typing.get_args(self.hint)[0], self.bounds)
        if self.keyed:
            return Kind(typing.get_args(self.hint)[1], self.bounds)
        return None

    @property
    def keyed(self) -> bool:
        """Whether it is a mapping."""
        return typing.get_origin(self.hint) is collections.abc.Mapping

    def _not_none(self) -> Kind | None:
        """The kind without None, if this one has it."""
        if typing.get_origin(self.hint) is not types.UnionType:
            return None
        (inner,) = set(typing.get_args(self.hint)) - {types.NoneType}
        return Kind(inner, self.bounds)

    def __str__(self) -> str:
        """What is expected, in words."""
        if (inner := self._not_none()) is not None:
            return f"{inner}, or {_NONE}"
        if (element := self.element) is not None:
            return f"{element._numbers()}, separated by commas"
        if self.choices:
            return any_of(self.choices)
        if self.hint is bool:
            return "true or false"
        return "a text" if self.hint is str else f"a {self._number()}"

    def _number(self) -> str:
        noun = "whole number" if self.hint is int else "number"
        return f"{noun} {self.bounds}".rstrip()

    def _numbers(self) -> str:
        return self._number().replace("number", "numbers", 1)


def any_of(values: Iterable[Any]) -> str:
    """`a, b or c`."""
    *others, last = map(str, values)
    return f"{', '.join(others)} or {last}" if others else last


def some_of(values: Sequence[str], most: int = 12) -> str:
    """`a, b, c`, and how many more if there are more than `most`."""
    more = len(values) - most
    shown = ", ".join(values[:most])
    return f"{shown} and {more} more" if more > 0 else shown


def kinds(cls: type) -> dict[str, Kind]:
    """The kind of each field of a dataclass."""
    hints = typing.get_type_hints(cls)
    return {
        field.name: Kind(hints[field.name], field.metadata.get(_BOUNDS, ANY))
        for field in dataclasses.fields(cls)
    }


def problems(instance: Any) -> Iterator[tuple[str, Any, Kind]]:
    """The fields of a dataclass whose values are none of their kind's.

    Yields:
      Each one's name, its value and its kind.
    """
    for name, kind in kinds(type(instance)).items():
        value = getattr(instance, name)
        try:
            kind.convert(value)
        except ValueError:
            yield name, value, kind
