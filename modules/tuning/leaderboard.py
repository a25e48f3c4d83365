"""The outcome of a search: its trials, ranked, and what decided."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from modules.tuning import records
from modules.tuning.config import SearchConfig
from modules.tuning.decision import Decision
from modules.tuning.records import DEFAULTS, Direction, TrialRecord

if TYPE_CHECKING:
    from modules.tuning.tuner import StudyTuner

JSON = "leaderboard.json"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """A search and its trials.

    Attributes:
      model: the model whose hyperparameters were searched.
      objective: its name.
      direction: whether a higher or a lower score is better.
      title: the objective in words.
      holdout_images: the number of images that it is measured on.
      config: the search's configuration.
      seconds: wall-clock time in total, across resumed runs.
      trials: the completed ones, best first, then the others.
      decision: whose values the search ends with, and by which rule.
      finals: the trainings of the final round, likewise; empty without one.
    """

    model: str
    objective: str
    direction: Direction
    title: str
    holdout_images: int
    config: SearchConfig
    seconds: float
    trials: tuple[TrialRecord, ...]
    decision: Decision
    finals: tuple[TrialRecord, ...] = ()

    @property
    def best(self) -> TrialRecord:
        """The trial with the best score."""
        return self.trials[0]

    @property
    def winner(self) -> TrialRecord:
        """The trial whose values the search ends with."""
        return self._trial(self.decision.chosen)

    @property
    def defaults(self) -> TrialRecord:
        """The baseline: the trial with the current values."""
        return self._trial(DEFAULTS)

    def deciding(self, trial: TrialRecord) -> TrialRecord:
        """A trial's training in the final round if that decided, or itself."""
        if self.decision.rule == "full_schedule":
            for final in self.finals:
                if final.number == trial.number:
                    return final
        return trial

    def _trial(self, number: int) -> TrialRecord:
        (found,) = (t for t in self.trials if t.number == number)
        return found

    def to_json(self) -> str:
        """The leaderboard as the text of a JSON object."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Leaderboard:
        """The inverse of `to_json`."""
        values = json.loads(text)
        read = {
            "trials": tuple(map(records.from_dict, values["trials"])),
            "finals": tuple(map(records.from_dict, values["finals"])),
            "config": SearchConfig(**values["config"]),
            "decision": Decision(**values["decision"]),
        }
        return cls(**values | read)


def of(tuner: StudyTuner) -> Leaderboard:
    """The leaderboard of a search that has ended."""
    objective = tuner.study.objective
    trials, finals = (
        records.ranked(
            records.read_all(tuner.search_directory, finals=finals),
            objective.direction,
        )
        for finals in (False, True)
    )
    return Leaderboard(
        model=tuner.study.model,
        objective=objective.name,
        direction=objective.direction,
        title=objective.title,
        holdout_images=tuner.study.holdout_images,
        config=tuner.config,
        seconds=tuner.budget.spent,
        trials=tuple(trials),
        decision=tuner.decision,
        finals=tuple(finals),
    )


def read(directory: Path) -> Leaderboard:
    """The leaderboard in the `tuner_results` artifact of a search.

    Raises:
      FileNotFoundError: if there was no search.
    """
    return Leaderboard.from_json((directory / JSON).read_text("utf-8"))
