"""A request for `cifar10 ablation`, and the configuration it results in."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal, get_args

from ablation.budget import TERA, Accounting, Budget
from ablation.studies import catalogue
from ablation.studies.catalogue import AblationStudy
from ablation.systems import System
from modules import combinations
from modules.common.errors import UserError
from pipeline.request import Choices

PRESET = "cpu"
"""The preset that an ablation takes data set, class caps and holdout from."""

BUDGET = 5.0
"""The default, 10^12 floating-point operations."""

Backend = Literal["tensorflow", "jax"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)


@dataclasses.dataclass(frozen=True, kw_only=True)
class AblationRequest:
    """A user's request for an ablation.

    Attributes:
      data: `auto`, `sample` or a path.
      cache: the directory for extracted or downloaded data.
      out: the directory for results; runs that are found there are not
        repeated.
      seeds: how many seeds, from 0 on.
      budget: of each run, 10^12 floating-point operations; None for the
        default, or for a study of steps.
      pretraining: of each autoencoder besides, likewise; None for a share of
        `budget`.
      accounting: how that is counted; see `ablation.budget.Budget`.
      study: what is compared.
      systems: comma-separated names of some of its systems; None for all.
      labels: fractions of the labels, comma-separated; below 1 only for the
        systems whose question it is, or those that `systems` names.
      choices: the preset whose data set, class caps and holdout are used, and
        overrides of these; the systems have their own hyperparameters.
      backend: of Keras, which trains.
    """

    data: str
    cache: Path
    out: Path
    seeds: int
    budget: float | None
    study: AblationStudy
    systems: str | None
    labels: str
    choices: Choices
    pretraining: float | None = None
    accounting: Accounting = "total"
    backend: Backend = "tensorflow"

    def fractions(self) -> list[float]:
        """The fractions of the labels.

        Raises:
          UserError: if they are invalid, or not for this study.
        """
        found = parse_labels(self.labels)
        if self.study.split == "holdout" and found != [1]:
            raise UserError(
                f"the fractions of the labels are {self.labels!r}, but the "
                f"study {self.study.name!r} takes its holdout from them; "
                "expected 1: leave --labels out."
            )
        return found

    def compute(self) -> Budget | None:
        """What each run may cost; None if the systems have schedules.

        Raises:
          UserError: if they have schedules, and there is a budget as well.
        """
        pretraining = self.pretraining
        if not self.study.steps:
            budget = BUDGET if self.budget is None else self.budget
            return Budget(
                operations=round(budget * TERA),
                pretraining=None
                if pretraining is None
                else round(pretraining * TERA),
                accounting=self.accounting,
            )
        if self.budget is not None or pretraining is not None:
            raise UserError(
                f"the study {self.study.name!r} has schedules of its own, and "
                "no budget: leave --budget and --pretraining out."
            )
        return None

    def chosen(self, image_size: int) -> list[System]:
        """The systems that were asked for.

        Raises:
          UserError: if one is not of the study, or does not fit the images.
        """
        found = catalogue.chosen(self.study, self.systems)
        for each in found:
            if each.classifier is not None:
                combinations.check(
                    each.autoencoder, each.classifier, image_size
                )
        return found


def parse_labels(text: str) -> list[float]:
    """`1,0.1` as numbers.

    Raises:
      UserError: if one of them is no fraction.
    """
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = [0.0]
    if not all(0 < fraction <= 1 for fraction in found):
        raise UserError(
            f"the fractions of the labels are {text!r}; expected numbers above "
            "0 and up to 1, separated by commas, for example 1,0.1."
        )
    return found
