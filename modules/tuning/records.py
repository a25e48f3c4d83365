"""The record of a trial: a small file in its directory, written at its start.

KerasTuner's own record of a trial lacks its cost and, across processes, the
reason for a failure. This one has both, and survives a killed process. Beside
it are the holdout images' contributions to the score. No TensorFlow.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from modules.common import atomic

State = Literal["running", "completed", "failed", "unfinished"]
Direction = Literal["max", "min"]
Floats = NDArray[np.float64]

FILE, CONTRIBUTIONS = "record.json", "contributions.npy"
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
    epochs: float
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
    return from_dict(values)


def from_dict(values: Mapping[str, Any]) -> TrialRecord:
    """The inverse of `dataclasses.asdict`, also from JSON."""
    return TrialRecord(**{**values, "scores": tuple(values["scores"])})


def final_directory(search: Path, number: int) -> Path:
    """Where a trial's training in the final round is recorded."""
    return search / f"final_{number}"


def read_all(search: Path, *, finals: bool = False) -> list[TrialRecord]:
    """The records of a search's trials, or of its final round, by number."""
    return [record for record, _ in _found(search, finals)]


def contributions(search: Path, *, finals: bool = False) -> dict[int, Floats]:
    """What each holdout image contributes to their scores, by number."""
    read_ = {r.number: read_contributions(d) for r, d in _found(search, finals)}
    return {number: each for number, each in read_.items() if each is not None}


def _found(search: Path, finals: bool) -> list[tuple[TrialRecord, Path]]:
    directories = search.glob("final_*" if finals else "trial_*")
    found = [(record, d) for d in directories if (record := read(d))]
    return sorted(found, key=lambda each: each[0].number)


def write_contributions(directory: Path, values: Floats) -> None:
    """Writes what each holdout image contributes to the trial's score."""
    content = io.BytesIO()
    np.save(content, values)
    atomic.write_bytes(directory / CONTRIBUTIONS, content.getvalue())


def read_contributions(directory: Path) -> Floats | None:
    """The inverse of `write_contributions`; None where there is no file."""
    try:
        return np.load(directory / CONTRIBUTIONS, allow_pickle=False)
    except (OSError, ValueError):
        return None


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
