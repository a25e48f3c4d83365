"""A run's searches: as the user asks for them, and what came of them."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from modules.common.errors import UserError
from modules.tuning import leaderboard
from modules.tuning.config import Strategy
from modules.tuning.leaderboard import Leaderboard
from modules.tuning.records import DEFAULTS, Record
from pipeline import configs, record, tuned
from pipeline.configs import Model, RunConfig, TuneConfig
from pipeline.console import text
from pipeline.tuned import Tuned

_SHOWN = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """The searches that the user asked for.

    Attributes:
      models: whose hyperparameters to search for.
      strategy: of each search, or None for the preset's.
      trials: the most of each search, or None for the preset's.
      minutes: the most time of each search, or None for the preset's.
      schedule_share: how long the schedule of a trial is, as a share of the
        whole one, or None for the preset's.
      save: whether to check in what they find.
    """

    models: configs.Tuned = "none"
    strategy: Strategy | None = None
    trials: int | None = None
    minutes: float | None = None
    schedule_share: float | None = None
    save: bool = False

    def over(self, preset: TuneConfig) -> TuneConfig:
        """The preset's searches, with what the user wants otherwise."""
        wanted: dict[str, Any] = {
            "strategy": self.strategy,
            "trials": self.trials,
            "minutes": self.minutes,
            "schedule_share": self.schedule_share,
        }
        search = dataclasses.replace(
            preset.search, **{k: v for k, v in wanted.items() if v is not None}
        )
        return TuneConfig(models=self.models, search=search)

    def require_worth_saving(self, config: RunConfig) -> None:
        """Sees to it that what is to be checked in is about photographs.

        Raises:
          UserError: if it is about the built-in sample.
        """
        if self.save and config.sample:
            raise UserError(
                "found the built-in sample with --save; expected photographs, "
                "whose best hyperparameters are worth keeping. Give --data."
            )


def render(board: Leaderboard) -> RenderableType:
    """The leaderboard for the console, at most 80 columns wide.

    Args:
      board: of a search with at least one completed trial.
    """
    return Group(*_parts(board))


def _parts(board: Leaderboard) -> Iterator[RenderableType]:
    done = sum(t.score is not None for t in board.trials)
    yield Text(
        f"{board.model}: {done} of {len(board.trials)} trials completed in "
        f"{text.duration(board.seconds)} ({board.config.strategy})",
        style="bold",
    )
    yield Text(
        f"{board.title}, on {board.holdout_images:,} holdout images",
        style="dim",
    )
    yield ""
    yield _trials(board)
    yield ""
    yield _values(board)


def _trials(board: Leaderboard) -> Table:
    table = _table("trial", "score", "epochs", "time", "")
    for trial in board.trials[:_SHOWN]:
        score = "-" if trial.score is None else f"{trial.score:.5g}"
        epochs, time = str(len(trial.scores)), text.duration(trial.seconds)
        table.add_row(
            str(trial.number + 1), score, epochs, time, _remark(board, trial)
        )
    if hidden := len(board.trials) - _SHOWN:
        table.caption = f"and {hidden} more" if hidden > 0 else None
    return table


def _remark(board: Leaderboard, trial: Record) -> str:
    words = [
        "best" if trial is board.winner else "",
        "known before" if trial.number == DEFAULTS else "",
        trial.state if trial.score is None else "",
    ]
    remark = ", ".join(filter(None, words))
    return f"{remark}: {trial.reason}" if trial.reason else remark


def _values(board: Leaderboard) -> Table:
    """What the winner has and what was known before, side by side."""
    table = _table("hyperparameter", "best", "known before")
    for name, value in sorted(board.winner.values.items()):
        known = board.defaults.values[name]
        table.add_row(name, f"{value:.4g}", f"{known:.4g}")
    return table


def _table(*titles: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        header_style="bold",
        caption_justify="left",
        caption_style="dim",
    )
    first, *others = titles
    table.add_column(first)
    for title in others:
        table.add_column(title, justify="right" if title else "left")
    return table


def show(
    screen: Console,
    outputs: Mapping[str, Mapping[str, Sequence[str]]],
    config: RunConfig,
) -> list[Leaderboard]:
    """Prints the leaderboards of a run's searches, and returns them.

    Args:
      screen: where to.
      outputs: the artifacts' URIs, by node and key.
      config: of the run.
    """
    models: tuple[Model, ...] = "autoencoder", "classifier"
    boards = []
    for model in filter(config.tune.tunes, models):
        (uri,) = outputs[f"{model.capitalize()}Tuner"]["tuner_results"]
        boards.append(leaderboard.read(Path(uri)))
        screen.print()
        screen.print(render(boards[-1]))
        screen.print(f"all of it: {uri}", soft_wrap=True)
    return boards


def save(
    screen: Console,
    boards: Sequence[Leaderboard],
    config: RunConfig,
    data_digest: str,
) -> None:
    """Checks in the winners that are better than what was known, and says so.

    Raises:
      UserError: if they cannot be written.
    """
    found = {}
    for board in boards:
        if board.winner is board.defaults:
            screen.print(f"{board.model}: what was known is the best; kept.")
        else:
            found[board.model] = _tuned(board, config.seed, data_digest)
    if found:
        file = tuned.save(config.preset, found)
        screen.print(f"saved to {file}: {', '.join(found)}", soft_wrap=True)


def _tuned(board: Leaderboard, seed: int, data_digest: str) -> Tuned:
    now = datetime.datetime.now(datetime.UTC)
    winner = board.winner
    assert winner.score is not None  # TFX's Tuner fails without one.
    return Tuned(
        values=dict(winner.values),
        date=now.isoformat(timespec="seconds"),
        objective=board.title,
        score=winner.score,
        known_score=board.defaults.score,
        strategy=board.config.strategy,
        trials=sum(t.score is not None for t in board.trials),
        epochs=winner.epochs,
        seconds=round(board.seconds, 1),
        data_digest=data_digest,
        seed=seed,
        commit=record.commit(),
    )
