"""The same compute budget for every system, converted to epochs.

The budget pays for the autoencoder first. A randomly initialised system has the
same budget, and therefore trains its classifier for more epochs. Or an
autoencoder has a budget of its own: one that is paid once serves many
classifiers. Or there is none, and each system trains for its own epochs.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, get_args

from ablation.systems import System
from modules.common.errors import UserError

TERA = 10**12
Accounting = Literal["total", "classifier"]
ACCOUNTINGS: tuple[Accounting, ...] = get_args(Accounting)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Budget:
    """What each run may cost.

    Attributes:
      operations: floating-point operations of each run; with `pretraining`, of
        the classifier's training.
      pretraining: of each autoencoder's training; None for the system's share
        of `operations`.
      accounting: of `pretraining`: with `total`, a system that starts at random
        trains its classifier for as much more; with `classifier` it counts
        nothing, and all classifiers cost the same.
    """

    operations: int
    pretraining: int | None = None
    accounting: Accounting = "total"

    def first(self, system: System) -> int:
        """The operations of a system's autoencoder."""
        if not system.pretrained:
            return 0
        if self.pretraining is None:
            return round(system.share * self.operations)
        return self.pretraining

    def second(self, spent: int) -> int:
        """The operations of a classifier whose autoencoder has cost `spent`."""
        if self.pretraining is None:
            return self.operations - spent
        if self.accounting == "classifier":
            return self.operations
        return self.operations + self.pretraining - spent


@dataclasses.dataclass(frozen=True, kw_only=True)
class Epoch:
    """The cost of one epoch of a training.

    Attributes:
      steps: batches it has.
      step_operations: floating-point operations of each of them.
    """

    steps: int
    step_operations: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """The epochs of a system's two trainings, and what they cost.

    Attributes:
      autoencoder_epochs: 0 without an autoencoder to train.
      classifier_epochs: 0 without a classifier.
      autoencoder_operations: of all epochs.
      classifier_operations: of all epochs.
    """

    autoencoder_epochs: float
    classifier_epochs: float
    autoencoder_operations: int
    classifier_operations: int

    @property
    def operations(self) -> int:
        """The sum over both trainings."""
        return self.autoencoder_operations + self.classifier_operations

    def to_dict(self) -> dict[str, Any]:
        """JSON-compatible."""
        return dataclasses.asdict(self)


def epoch(images: int, batch_size: int, operations: int) -> Epoch:
    """An epoch of whole batches, as `training_batches` makes it.

    Args:
      images: images there are.
      batch_size: images a step, clamped to what there is.
      operations: of training on one image.
    """
    batch = min(batch_size, images)
    return Epoch(steps=images // batch, step_operations=batch * operations)


def plan(
    system: System,
    budget: Budget | None,
    *,
    autoencoder: Epoch,
    classifier: Epoch | None,
) -> Plan:
    """Epochs, of whole steps, whose cost is the budget within half a step.

    Args:
      system: whose share goes to the autoencoder.
      budget: what it may cost; None for the epochs of its hyperparameters.
      autoencoder: an epoch of its training.
      classifier: an epoch of its training, if there is one.

    Raises:
      UserError: if the budget does not pay for an epoch of each.
    """
    if budget is None:
        first, second = _scheduled(system, autoencoder, classifier)
    else:
        first, second = _affordable(system, budget, autoencoder, classifier)
    return Plan(
        autoencoder_epochs=first / autoencoder.steps,
        classifier_epochs=second / classifier.steps if classifier else 0,
        autoencoder_operations=first * autoencoder.step_operations,
        classifier_operations=second * classifier.step_operations
        if classifier
        else 0,
    )


def _scheduled(
    system: System, autoencoder: Epoch, classifier: Epoch | None
) -> tuple[int, int]:
    """The steps of both trainings, from the system's hyperparameters."""
    epochs = system.autoencoder.epochs if system.pretrained else 0
    params = system.classifier
    return round(epochs * autoencoder.steps), (
        round(params.epochs * classifier.steps) if params and classifier else 0
    )


def _affordable(
    system: System,
    budget: Budget,
    autoencoder: Epoch,
    classifier: Epoch | None,
) -> tuple[int, int]:
    """The steps of both trainings, from the budget."""
    first = _steps(budget.first(system), autoencoder)
    spent = first * autoencoder.step_operations
    second = _steps(budget.second(spent), classifier)
    if (system.pretrained and first < autoencoder.steps) or (
        classifier is not None and second < classifier.steps
    ):
        raise UserError(
            f"the budget of {budget.operations / TERA:g} TFLOPs does not cover "
            f"an epoch of each training of {system.name!r}; raise --budget."
        )
    return first, second


def _steps(operations: int, epoch: Epoch | None) -> int:
    """The nearest whole number of steps."""
    return round(operations / epoch.step_operations) if epoch else 0
