"""Tuned hyperparameters under version control: `modules/tuned/<preset>.json`.

They replace the preset's own values. The file says which search found them. No
TensorFlow here.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import modules
from modules.common import atomic
from modules.common.errors import UserError
from modules.tuning.leaderboard import Leaderboard
from pipeline import revision

DIRECTORY = Path(next(iter(modules.__path__))) / "tuned"


@dataclasses.dataclass(frozen=True, kw_only=True)
class TunedValues:
    """The result of a search for one model of one preset.

    Attributes:
      values: of what the search changed, by hyperparameter.
      date: of the search's end, ISO 8601.
      objective: in words.
      score: theirs, in the round that decided.
      known_score: the baseline's, in the same.
      strategy: of the search.
      trials: how many were completed.
      epochs: of the schedules that were compared.
      seconds: wall-clock time of the search.
      data_digest: of the images.
      seed: of the run.
      commit: of the source; "" where that is not known.
    """

    values: Mapping[str, Any]
    date: str
    objective: str
    score: float
    known_score: float | None
    strategy: str
    trials: int
    epochs: float
    seconds: float
    data_digest: str
    seed: int
    commit: str

    @property
    def origin(self) -> str:
        """Where the values come from, in words."""
        return f"saved search of {self.date}"

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `dataclasses.asdict`."""
        return cls(**values)


def read(preset: str, directory: Path | None = None) -> dict[str, TunedValues]:
    """The tuned values of each model, where any are saved.

    Raises:
      UserError: if the file is not one that `save` wrote.
    """
    file = _file(preset, directory)
    try:
        models = json.loads(file.read_text("utf-8"))
        return {
            m: TunedValues.from_dict(values) for m, values in models.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(
            f"{file} is not what `cifar10 tune --save` writes ({error}); "
            "restore or remove it."
        ) from error


def save(
    preset: str, found: Mapping[str, TunedValues], directory: Path | None = None
) -> Path:
    """Saves `found`, by model; a model that is not in it keeps its values.

    Returns:
      The file, which is written whole or not at all.

    Raises:
      UserError: if it cannot be written.
    """
    file = _file(preset, directory)
    try:
        models = {**read(preset, directory), **found}
        values = {m: dataclasses.asdict(t) for m, t in sorted(models.items())}
        file.parent.mkdir(exist_ok=True)
        atomic.write_text(file, json.dumps(values, indent=2) + "\n")
    except OSError as error:
        raise UserError(
            f"cannot write {file} ({error.strerror}); run from a clone that "
            "you may write to, or without --save."
        ) from error
    return file


def winners(
    boards: Iterable[Leaderboard], *, seed: int, data_digest: str
) -> dict[str, TunedValues]:
    """The values that searches ended with in place of those before, by model.

    Args:
      boards: of searches with a completed trial.
      seed: of the run.
      data_digest: of the images.
    """
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    commit = revision.commit()
    return {
        board.model: TunedValues(
            values=dict(board.winner.values),
            date=now,
            objective=board.title,
            score=board.deciding(board.winner).scores[-1],
            known_score=board.deciding(board.defaults).score,
            strategy=board.config.strategy,
            trials=sum(t.score is not None for t in board.trials),
            epochs=board.deciding(board.winner).epochs,
            seconds=round(board.seconds, 1),
            data_digest=data_digest,
            seed=seed,
            commit=commit,
        )
        for board in boards
        if board.winner is not board.defaults
    }


def _file(preset: str, directory: Path | None) -> Path:
    return (directory or DIRECTORY) / f"{preset}.json"
