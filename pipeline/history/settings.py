"""Possible causes of a difference: configuration, data, code, environment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.history.record import Record

Groups = Mapping[str, Mapping[str, Any]]
"""Values by name, by the group they belong to; an empty group is unknown."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """A setting that differs between two runs; None is unknown."""

    group: str
    name: str
    first: str | None
    second: str | None


@dataclasses.dataclass(frozen=True)
class Found:
    """The result of comparing two runs' settings.

    Attributes:
      differing: the settings that differ.
      same: the groups in which nothing differs.
      unknown: the groups that at least one record lacks.
    """

    differing: tuple[Setting, ...]
    same: tuple[str, ...]
    unknown: tuple[str, ...]


def compare(first: Groups, second: Groups) -> Found:
    """Compares the `groups` of two records."""
    differing = tuple(_differing(first, second))
    changed = {setting.group for setting in differing}
    unknown = tuple(n for n in first if not (first[n] and second[n]))
    return Found(
        differing=differing,
        same=tuple(n for n in first if n not in changed and n not in unknown),
        unknown=unknown,
    )


def groups(record: Record) -> Groups:
    """What the record says about a run's settings."""
    data, machine = record.data, record.machine
    known = {"preset": record.preset, "seed": record.seed}
    return {
        "run": {k: v for k, v in known.items() if v is not None},
        "data": {}
        if data is None
        else {
            "images": data.digest[:12],
            "train images": data.train_count,
            "test images": data.test_count,
        },
        "class caps": dict(record.caps),
        "gates": dict(record.gates),
        **{
            f"{model} hyperparameters": dict(
                record.hyperparameters.get(model, {})
            )
            for model in ("autoencoder", "classifier")
        },
        "code": {"commit": _short(record.commit)} if record.commit else {},
        "libraries": dict(record.versions),
        "machine": {} if machine is None else dataclasses.asdict(machine),
    }


def _differing(first: Groups, second: Groups) -> Iterator[Setting]:
    for group, values in first.items():
        others = second[group]
        if not (values and others):
            continue
        for name in dict.fromkeys((*values, *others)):
            one, other = values.get(name), others.get(name)
            if one != other:
                yield Setting(group, name, _written(one), _written(other))


def _written(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _short(commit: str) -> str:
    """The commit's first digits, and whether the source had been edited."""
    return commit[:12] + ("+" if commit.endswith("+") else "")
