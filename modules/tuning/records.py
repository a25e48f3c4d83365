"""The record of a trial: a small file in its directory, written at its start.

KerasTuner's own record of a trial lacks its cost and, across processes, the
reason for a failure. This one has both, and survives a killed process. Standard
library only.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from modules.common import atomic

State = Literal["running", "completed", "failed", "unfinished"]
Direction = Literal["max", "min"]

FILE = "record.json"
DEFAULTS = 0
"""The number of the baseline trial, which has the current values."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """One trial.

    Attributes:
      number: from 0, in the order in which trials were started.
      values: the hyperparameters in the search space.
      epochs: the length of the trial's schedule.
      state: stays "running" if the process was killed.
      started: how many times it was started.
      seconds: the duration of the latest attempt.
      scores: the objective after each epoch.
      reason: why it failed or was interrupted.
      worker: KerasTuner's id of the process that ran it.
    """

    number: int
    values: Mapping[str, Any]
    epochs: int
    state: State = "running"
    started: int = 1
    seconds: float = 0.0
    scores: tuple[float, ...] = ()
    reason: str = ""
    worker: str = ""

    @property
    def score(self) -> float | None:
        """The final score; None if the trial was not completed."""
        return self.scores[-1] if self.state == "completed" else None


def write(directory: Path, record: TrialRecord) -> None:
    """Writes the record of the trial in `directory`."""
    text = json.dumps(dataclasses.asdict(record), indent=2)
    atomic.write_text(directory / FILE, text + "\n")


def read(directory: Path) -> TrialRecord | None:
    """The record of the trial in `directory`; None where there is none."""
    try:
        values = json.loads((directory / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return TrialRecord(**values | {"scores": tuple(values["scores"])})


def read_all(search: Path) -> list[TrialRecord]:
    """The records of all trials of a search, in the order of their numbers."""
    found = map(read, search.glob("trial_*"))
    return sorted((r for r in found if r), key=lambda r: r.number)


def ranked(
    records: Iterable[TrialRecord], direction: Direction
) -> list[TrialRecord]:
    """Completed trials, best first, then the others by number."""

    def key(record: TrialRecord) -> tuple[float, int]:
        score = record.score
        if score is None:
            return math.inf, record.number
        return -score if direction == "max" else score, record.number

    return sorted(records, key=key)
