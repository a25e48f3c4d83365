"""The ablation's studies by name, and their systems."""

from __future__ import annotations

import dataclasses
from typing import Literal

from ablation import encoder_rate, imbalance, node_2
from ablation.systems import System
from modules.common.errors import UserError

Split = Literal["test", "holdout"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Comparison:
    """One study's table: systems to compare with each other.

    Attributes:
      name: on the command line.
      systems: the rows, in order.
      split: the evaluation split; the holdout is not trained on.
      against: what the baselines are, in the table's words.
    """

    name: str
    systems: tuple[System, ...]
    split: Split
    against: str


COMPARISONS = {
    each.name: each
    for each in (
        Comparison(
            name="node-2",
            systems=node_2.SYSTEMS,
            split="test",
            against="random start",
        ),
        Comparison(
            name="imbalance",
            systems=imbalance.SMALL,
            split="holdout",
            against="cross-entropy",
        ),
        Comparison(
            name="imbalance-cpu",
            systems=imbalance.CPU,
            split="holdout",
            against="cross-entropy",
        ),
        Comparison(
            name="encoder-rate",
            systems=encoder_rate.SYSTEMS,
            split="holdout",
            against="the head's rate",
        ),
    )
}

SYSTEMS = {
    system.name: system
    for each in COMPARISONS.values()
    for system in each.systems
}


def chosen(comparison: Comparison, names: str | None) -> list[System]:
    """The systems of a comma-separated list, in the table's order.

    Raises:
      UserError: if one of them is not of the comparison.
    """
    known = {system.name: SYSTEMS[system.name] for system in comparison.systems}
    if names is None:
        return list(known.values())
    wanted = [name.strip() for name in names.split(",")]
    if unknown := [name for name in wanted if name not in known]:
        raise UserError(
            f"the study {comparison.name!r} has no system {unknown[0]!r}; "
            f"expected some of {', '.join(known)}."
        )
    return [system for name, system in known.items() if name in wanted]
