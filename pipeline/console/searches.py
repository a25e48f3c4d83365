"""The leaderboards of a run's searches, on the console."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from modules.common.durations import duration
from modules.tuning import leaderboard
from modules.tuning.leaderboard import Leaderboard
from modules.tuning.records import DEFAULTS, TrialRecord
from pipeline.configs import MODELS, RunConfig

_SHOWN = 10


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
        f"{duration(board.seconds)} ({board.config.strategy})",
        style="bold",
    )
    yield Text(
        f"{board.title}, on {board.holdout_images:,} holdout images",
        style="dim",
    )
    yield ""
    yield _trials(board, board.trials)
    if board.finals:
        yield ""
        yield Text("final round, at the full schedule", style="dim")
        yield _trials(board, board.finals)
    yield ""
    sentence = board.decision.sentence()
    yield Text(f"{sentence[0].upper()}{sentence[1:]}.")
    yield ""
    yield _values(board)


def _trials(board: Leaderboard, trials: Sequence[TrialRecord]) -> Table:
    table = _table("trial", "score", "epochs", "time", "")
    for trial in trials[:_SHOWN]:
        score = "-" if trial.score is None else f"{trial.score:.5g}"
        epochs, time = str(len(trial.scores)), duration(trial.seconds)
        table.add_row(
            str(trial.number + 1), score, epochs, time, _remark(board, trial)
        )
    if hidden := len(trials) - _SHOWN:
        table.caption = f"and {hidden} more" if hidden > 0 else None
    return table


def _remark(board: Leaderboard, trial: TrialRecord) -> str:
    words = [
        "best" if trial in (board.best, *board.finals[:1]) else "",
        "current values" if trial.number == DEFAULTS else "",
        trial.state if trial.score is None else "",
    ]
    remark = ", ".join(filter(None, words))
    return f"{remark}: {trial.reason}" if trial.reason else remark


def _values(board: Leaderboard) -> Table:
    """The best trial's values beside the current ones."""
    table = _table("hyperparameter", "best", "current")
    for name, value in sorted(board.best.values.items()):
        current = board.defaults.values[name]
        table.add_row(name, f"{value:.4g}", f"{current:.4g}")
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
    boards = []
    for model in filter(config.tune.tunes, MODELS):
        (uri,) = outputs[f"{model.capitalize()}Tuner"]["tuner_results"]
        boards.append(leaderboard.read(Path(uri)))
        screen.print()
        screen.print(render(boards[-1]))
        screen.print(f"all trials: {uri}", soft_wrap=True)
    return boards
