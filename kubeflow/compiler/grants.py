"""Parses the cluster options: volumes, secrets, nodes.

The forms are those of `kubectl` where it has one. All raise
`typer.BadParameter` for text of another form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, get_args

import typer

from kubeflow.compiler.cluster import Nodes, SecretVariable, Toleration

Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]

# After Kubernetes' documentation of object names, labels and Secrets.
_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_WORD = r"[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?"
_KEY = rf"(?P<key>(?:{_NAME}/)?{_WORD})"
_VALUE = rf"(?P<value>(?:{_WORD})?)"
_PLACE = re.compile(rf"(?P<name>{_NAME})=(?P<directory>/[^\s:]*)")
_LABEL = re.compile(f"{_KEY}={_VALUE}")
_TOLERATION = re.compile(
    f"{_KEY}(?:={_VALUE})?:(?P<effect>{'|'.join(get_args(Effect))})"
)
_SECRET = re.compile(
    rf"(?P<secret>{_NAME}):(?P<key>[\w.-]+)=(?P<variable>[A-Za-z_]\w*)"
)


def places(texts: Iterable[str]) -> dict[str, str]:
    """NAME=DIR of claims or Secrets, as their directories by name."""
    example = "cifar10-data=/mnt/data"
    found = [_parse(_PLACE, text, "NAME=DIR", example) for text in texts]
    return _unique((each["name"], each["directory"]) for each in found)


def nodes(labels: Iterable[str], tolerations: Iterable[str]) -> Nodes:
    """KEY=VALUE labels, and KEY[=VALUE]:EFFECT taints to be tolerated."""
    found = [_parse(_LABEL, text, "KEY=VALUE", "pool=gpu") for text in labels]
    return Nodes(
        labels=_unique((each["key"], each["value"]) for each in found),
        tolerations=tuple(map(_toleration, tolerations)),
    )


def variable(text: str) -> SecretVariable:
    """NAME:KEY=VARIABLE."""
    example = "object-store:password=STORE_PASSWORD"
    return SecretVariable(**_parse(_SECRET, text, "NAME:KEY=VARIABLE", example))


def _toleration(text: str) -> Toleration:
    effects = ", ".join(get_args(Effect))
    form = f"KEY[=VALUE]:EFFECT with an effect of {effects}"
    example = "nvidia.com/gpu:NoSchedule"
    return Toleration(**_parse(_TOLERATION, text, form, example))


def _parse(
    pattern: re.Pattern[str], text: str, form: str, example: str
) -> dict[str, str]:
    if not (match := pattern.fullmatch(text)):
        raise typer.BadParameter(
            f"found {text!r}, expected {form}, for example {example}."
        )
    return match.groupdict()


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise typer.BadParameter(
                f"{name} is given as both {found[name]} and {value}, expected "
                "one of them."
            )
        found[name] = value
    return found
