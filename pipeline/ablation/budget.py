"""The same cost for every system: operations, turned into epochs.

A system's budget pays for its autoencoder first; one that starts at random has
the same budget, and therefore trains its classifier for longer.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from modules.errors import UserError
from pipeline.ablation.systems import System

TERA = 10**12


@dataclasses.dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one epoch of a training is.

    Attributes:
      images: images it shows.
      operations: floating-point operations it takes.
    """

    images: int
    operations: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """The epochs of a system's two trainings, and what they cost.

    Attributes:
      autoencoder_epochs: 0 where none is trained.
      classifier_epochs: 0 where there is none.
      autoencoder_operations: of all epochs.
      classifier_operations: of all epochs.
    """

    autoencoder_epochs: int
    classifier_epochs: int
    autoencoder_operations: int
    classifier_operations: int

    @property
    def operations(self) -> int:
        """Of both trainings."""
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
    shown = images // batch * batch
    return Epoch(images=shown, operations=shown * operations)


def plan(
    system: System,
    budget: int,
    *,
    autoencoder: Epoch,
    classifier: Epoch | None,
) -> Plan:
    """Epochs whose cost is the budget, within half an epoch.

    Args:
      system: whose share goes to the autoencoder.
      budget: floating-point operations.
      autoencoder: an epoch of its training.
      classifier: an epoch of its training, if there is one.

    Raises:
      UserError: if the budget does not pay for an epoch of each.
    """
    first = 0
    if system.pretrained:
        first = max(1, round(system.share * budget / autoencoder.operations))
    spent, second = first * autoencoder.operations, 0
    if classifier is not None:
        second = round((budget - spent) / classifier.operations)
        if second < 1:
            least = spent + classifier.operations
            raise UserError(
                f"the budget of {budget / TERA:g} TFLOP does not pay for an "
                f"epoch of each training of {system.name!r}; expected at "
                f"least {least / TERA:.3g}: raise --budget."
            )
    return Plan(
        autoencoder_epochs=first,
        classifier_epochs=second,
        autoencoder_operations=spent,
        classifier_operations=second * classifier.operations
        if classifier
        else 0,
    )
