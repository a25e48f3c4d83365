"""Training progress, from a Trainer to whoever shows it.

One log record a report, on a logger of its own: the console of the local runner
draws it, and on a cluster it is a line in the pod's log.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping

LOGGER = logging.getLogger("cifar10.progress")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a stage has come.

    Attributes:
      stage: what is being done, such as "autoencoder".
      done: units finished, over the whole stage.
      total: units in the whole stage.
      unit: plural name of what is counted, such as "images".
      metrics: the latest values, such as {"loss": 0.41}.
    """

    stage: str
    done: int
    total: int
    unit: str
    metrics: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        counts = f"{self.stage}: {self.done:,} of {self.total:,} {self.unit}"
        values = (f"{name} {value:.4g}" for name, value in self.metrics.items())
        return ", ".join([counts, *values])


def report(
    stage: str, done: int, total: int, unit: str, **metrics: float
) -> None:
    """Logs one `Progress`, as the `progress` attribute of a record at INFO.

    Call it at most about twice a second.
    """
    progress = Progress(
        stage=stage, done=done, total=total, unit=unit, metrics=metrics
    )
    LOGGER.info("%s", progress, extra={"progress": progress})
