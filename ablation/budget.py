"""The same compute budget for every system, converted to epochs.

The budget pays for the autoencoder first. A randomly initialised system has the
same budget, and therefore trains its classifier for more epochs.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from ablation.systems import System
from modules.common.errors import UserError

TERA = 10**12


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
    budget: int,
    *,
    autoencoder: Epoch,
    classifier: Epoch | None,
) -> Plan:
    """Epochs, of whole steps, whose cost is the budget within half a step.

    Args:
      system: whose share goes to the autoencoder.
      budget: floating-point operations.
      autoencoder: an epoch of its training.
      classifier: an epoch of its training, if there is one.

    Raises:
      UserError: if the budget does not pay for an epoch of each.
    """
    share = round(system.share * budget) if system.pretrained else 0
    first = _steps(share, autoencoder)
    spent = first * autoencoder.step_operations
    second = _steps(budget - spent, classifier)
    if (system.pretrained and first < autoencoder.steps) or (
        classifier is not None and second < classifier.steps
    ):
        raise UserError(
            f"the budget of {budget / TERA:g} TFLOPs does not cover an epoch "
            f"of each training of {system.name!r}; raise --budget."
        )
    return Plan(
        autoencoder_epochs=first / autoencoder.steps,
        classifier_epochs=second / classifier.steps if classifier else 0,
        autoencoder_operations=spent,
        classifier_operations=second * classifier.step_operations
        if classifier
        else 0,
    )


def _steps(operations: int, epoch: Epoch | None) -> int:
    """The nearest whole number of steps."""
    return round(operations / epoch.step_operations) if epoch else 0
