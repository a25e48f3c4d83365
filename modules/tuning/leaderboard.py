"""What a search came to: JSON, CSV and a picture, in `tuner_results`."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modules.tuning import records
from modules.tuning.config import SearchConfig
from modules.tuning.records import DEFAULTS, Direction, Record

if TYPE_CHECKING:
    from modules.tuning.tuner import StudyTuner

JSON, CSV, PLOT = "leaderboard.json", "leaderboard.csv", "leaderboard.png"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """A search and its trials.

    Attributes:
      model: what was searched for.
      objective: its name.
      direction: which scores are better.
      title: the objective in words.
      holdout_images: how many images it is measured on.
      config: the search's bounds.
      seconds: wall-clock time, over all sittings.
      trials: completed ones from the best on, then the others.
    """

    model: str
    objective: str
    direction: Direction
    title: str
    holdout_images: int
    config: SearchConfig
    seconds: float
    trials: tuple[Record, ...]

    @property
    def winner(self) -> Record:
        """The best trial."""
        return self.trials[0]

    @property
    def defaults(self) -> Record:
        """The trial with the values that were known before."""
        (found,) = (t for t in self.trials if t.number == DEFAULTS)
        return found

    def to_json(self) -> str:
        """The leaderboard as the text of a JSON object."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Leaderboard:
        """The inverse of `to_json`."""
        values = json.loads(text)
        trials = [
            Record(**trial | {"scores": tuple(trial["scores"])})
            for trial in values["trials"]
        ]
        config = SearchConfig(**values["config"])
        return cls(**values | {"trials": tuple(trials), "config": config})


def of(tuner: StudyTuner) -> Leaderboard:
    """The leaderboard of a search that has ended."""
    objective = tuner.study.objective
    found = records.read_all(tuner.search_directory)
    return Leaderboard(
        model=tuner.study.model,
        objective=objective.name,
        direction=objective.direction,
        title=objective.title,
        holdout_images=tuner.study.holdout_images,
        config=tuner.config,
        seconds=tuner.budget.spent,
        trials=tuple(records.ranked(found, objective.direction)),
    )


def write(directory: Path, board: Leaderboard) -> None:
    """Writes the three files into the `tuner_results` artifact."""
    from modules.tuning.plot import plot

    (directory / JSON).write_text(board.to_json(), "utf-8")
    (directory / CSV).write_text(to_csv(board), "utf-8")
    plot(board, directory / PLOT)


def read(directory: Path) -> Leaderboard:
    """The leaderboard in the `tuner_results` artifact of a search.

    Raises:
      FileNotFoundError: if nothing was searched for.
    """
    return Leaderboard.from_json((directory / JSON).read_text("utf-8"))


def to_csv(board: Leaderboard) -> str:
    """A line a trial, in the leaderboard's order."""
    names = sorted({name for trial in board.trials for name in trial.values})
    table = io.StringIO()
    header = ["trial", "state", board.objective, "epochs", "seconds"]
    writer = csv.DictWriter(table, [*header, *names, "worker", "reason"])
    writer.writeheader()
    writer.writerows(_row(board.objective, trial) for trial in board.trials)
    return table.getvalue()


def _row(objective: str, trial: Record) -> dict[str, Any]:
    return {
        "trial": trial.number,
        "state": trial.state,
        objective: trial.score,
        "epochs": len(trial.scores),
        "seconds": round(trial.seconds, 1),
        **trial.values,
        "worker": trial.worker,
        "reason": trial.reason,
    }
