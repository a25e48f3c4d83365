"""What is known of each trial: a small file in its directory, from its start.

KerasTuner's own record of a trial has no cost, and between processes not even
the reason of a failure. This one has both, and is there when the process was
killed. Standard library only.
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
"""The number of the trial that has the values known before the search."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """One trial.

    Attributes:
      number: from 0, in the order in which trials were begun.
      values: of the hyperparameters that the search may change.
      epochs: of its schedule.
      state: "running" also where nobody runs it any more.
      started: how often it was begun.
      seconds: how long it took, the last time.
      scores: the objective after each epoch.
      reason: why it failed, or was not finished.
      worker: which process ran it, as KerasTuner names it.
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
        """What it came to; None if it was not completed."""
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
    """Completed trials from the best on, then the others by number."""

    def key(record: TrialRecord) -> tuple[float, int]:
        score = record.score
        if score is None:
            return math.inf, record.number
        return -score if direction == "max" else score, record.number

    return sorted(records, key=key)
