"""Options that several commands share, declared once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import typer

from modules.common import fields


def takes(
    options: Callable[..., Any], without: Iterable[str] = ()
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Gives a command the options of a function, and the function's result.

    Args:
      options: its parameters become options of the command; what it returns
        becomes the command's first argument.
      without: those of its parameters that the command does not have.
    """

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        shared = [
            parameter
            for name, parameter in _parameters(options).items()
            if name not in without
        ]
        _, *own = _parameters(command).values()

        @functools.wraps(command)
        def run(**values: Any) -> int:
            taken = {each.name: values.pop(each.name) for each in shared}
            return command(options(**taken), **values)

        parameters = [*shared, *own]
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            parameters, return_annotation=int
        )
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        return run

    return decorate


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    signature = inspect.signature(function, eval_str=True)
    return {
        name: parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in signature.parameters.items()
    }


def number(cls: type, name: str, metavar: str, text: str, **more: Any) -> Any:
    """An option for a field that is a number, with the field's bounds."""
    bounds = fields.kinds(cls)[name].bounds
    return typer.Option(
        min=bounds.at_least,
        max=bounds.at_most,
        metavar=metavar,
        help=text,
        **more,
    )


def choice(cls: type, name: str, text: str, **more: Any) -> Any:
    """An option for a field with a fixed set of values."""
    metavar = "|".join(fields.kinds(cls)[name].choices)
    return typer.Option(metavar=metavar, help=text, **more)
