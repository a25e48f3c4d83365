"""The ablation's studies by name, and their systems."""

from __future__ import annotations

import dataclasses
from typing import Literal

from ablation.studies import (
    compressing,
    encoder_rate,
    imbalance,
    ladder,
    node_2,
)
from ablation.systems import System
from modules.common.errors import UserError

Split = Literal["test", "holdout"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class AblationStudy:
    """Systems to compare with each other: one table.

    Attributes:
      name: on the command line.
      systems: the rows, in order.
      split: the evaluation split; the holdout is not trained on.
      against: what the baselines are, in the table's words.
      steps: whether each system is its baseline with one change, with its own
        schedule instead of a budget; see `ablation/steps.py`.
    """

    name: str
    systems: tuple[System, ...]
    split: Split
    against: str
    steps: bool = False


STUDIES = {
    each.name: each
    for each in (
        AblationStudy(
            name="node-2",
            systems=node_2.SMALL,
            split="test",
            against="random start",
        ),
        AblationStudy(
            name="node-2-cpu",
            systems=node_2.CPU,
            split="test",
            against="random start",
        ),
        AblationStudy(
            name="compressing",
            systems=compressing.SYSTEMS,
            split="test",
            against="random start",
        ),
        AblationStudy(
            name="imbalance",
            systems=imbalance.SMALL,
            split="holdout",
            against="cross-entropy",
        ),
        AblationStudy(
            name="imbalance-cpu",
            systems=imbalance.CPU,
            split="holdout",
            against="cross-entropy",
        ),
        AblationStudy(
            name="encoder-rate",
            systems=encoder_rate.SYSTEMS,
            split="holdout",
            against="the head's rate",
        ),
        AblationStudy(
            name="ladder",
            systems=ladder.SYSTEMS,
            split="holdout",
            against="the step before",
            steps=True,
        ),
    )
}

SYSTEMS = {
    system.name: system for each in STUDIES.values() for system in each.systems
}


def chosen(study: AblationStudy, names: str | None) -> list[System]:
    """The systems of a comma-separated list, in the table's order.

    Raises:
      UserError: if one of them is not of the study.
    """
    known = {system.name: SYSTEMS[system.name] for system in study.systems}
    if names is None:
        return list(known.values())
    wanted = [name.strip() for name in names.split(",")]
    if unknown := [name for name in wanted if name not in known]:
        raise UserError(
            f"the study {study.name!r} has no system {unknown[0]!r}; "
            f"expected some of {', '.join(known)}."
        )
    return [system for name, system in known.items() if name in wanted]
