"""Training progress, from a Trainer to the console or log.

One log record a report, on a logger of its own: the console of the local runner
draws it, and on a cluster it is a line in the pod's log.
"""

from __future__ import annotations

import contextlib
import contextvars
import dataclasses
import logging
from collections.abc import Callable, Iterator, Mapping

LOGGER = logging.getLogger("cifar10.progress")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Progress:
    """The progress of a stage.

    Attributes:
      stage: the current activity, such as "autoencoder".
      done: units finished, over the whole stage.
      total: units in the whole stage.
      unit: plural name of what is counted, such as "images".
      metrics: the latest values, such as {"loss": 0.41}.
      part: which of several such stages it is, such as "trial 3 of 10".
      left: how many units' time the rest will take, at what one takes now;
        None for as many as there are.
    """

    stage: str
    done: int
    total: int
    unit: str
    metrics: Mapping[str, float] = dataclasses.field(default_factory=dict)
    part: str = ""
    left: float | None = None

    def __str__(self) -> str:
        counts = f"{self.stage}: {self.done:,} of {self.total:,} {self.unit}"
        values = (f"{name} {value:.4g}" for name, value in self.metrics.items())
        part = [self.part] if self.part else []
        return ", ".join([*part, counts, *values])


_Figures = Callable[[], Mapping[str, float]]
_PART: contextvars.ContextVar[tuple[str, _Figures]] = contextvars.ContextVar(
    "part", default=("", dict)
)


@contextlib.contextmanager
def part_of(part: str, figures: _Figures) -> Iterator[None]:
    """Reports made inside are of `part`.

    Args:
      part: which of several stages alike, such as "trial 3 of 10".
      figures: metrics that each report has besides its own.
    """
    token = _PART.set((part, figures))
    try:
        yield
    finally:
        _PART.reset(token)


def report(
    stage: str,
    done: int,
    total: int,
    unit: str,
    *,
    left: float | None = None,
    **metrics: float,
) -> None:
    """Logs one `Progress`, as the `progress` attribute of a record at INFO.

    Call it at most about twice a second.
    """
    part, figures = _PART.get()
    progress = Progress(
        stage=stage,
        done=done,
        total=total,
        unit=unit,
        metrics={**metrics, **figures()},
        part=part,
        left=left,
    )
    LOGGER.info("%s", progress, extra={"progress": progress})
