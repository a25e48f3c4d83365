"""The plot of a search: the objective against its cost."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from modules.tuning.leaderboard import Leaderboard
from modules.tuning.records import DEFAULTS, TrialRecord

_INCHES = (10.0, 4.2)
_COLUMNS = 110  # Of text.
_DOTS_PER_INCH = 130
_WINNER, _DEFAULTS, _OTHER, _BAD = "#c44536", "#1d5c9b", "#9aa3ab", "#6b6b6b"


def plot(board: Leaderboard, file: Path) -> None:
    """Plots each trial's score against its duration and its epochs.

    Args:
      board: a search with at least one completed trial.
      file: the PNG file to write.
    """
    figure = Figure(figsize=_INCHES, layout="constrained")
    seconds, epochs = figure.subplots(1, 2, sharey=True)
    for trial in reversed(board.trials):
        style = _style(board, trial)
        if trial.score is not None:
            seconds.scatter(trial.seconds, trial.score, **style)
        if trial.scores:
            steps = range(1, len(trial.scores) + 1)
            label = style.pop("label")
            epochs.plot(steps, trial.scores, label=label, **_line(style))
    _mark_failures(seconds, board)
    seconds.set(xlabel="seconds of the trial", ylabel=board.objective)
    seconds.set_xlim(left=0)
    longest = max(len(trial.scores) for trial in board.trials)
    epochs.set(xlabel="epochs", xlim=(0, longest + 0.5))
    epochs.xaxis.get_major_locator().set_params(integer=True)
    for axes in (seconds, epochs):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    handles, _ = seconds.get_legend_handles_labels()
    figure.legend(
        handles=handles, loc="outside lower center", ncols=3, frameon=False
    )
    better = "higher" if board.direction == "max" else "lower"
    decided = textwrap.fill(board.decision.sentence(), _COLUMNS)
    figure.suptitle(
        f"{board.model}: {board.title}; {better} is better\n{decided}",
        fontsize="medium",
    )
    figure.savefig(file, dpi=_DOTS_PER_INCH)


def _style(board: Leaderboard, trial: TrialRecord) -> dict[str, Any]:
    if trial is board.best:
        words = f"best (trial {trial.number + 1}): {trial.score:.4g}"
        return {"color": _WINNER, "label": words, "zorder": 4}
    if trial.number == DEFAULTS and trial.score is not None:
        words = f"current values: {trial.score:.4g}"
        return {"color": _DEFAULTS, "label": words, "zorder": 3}
    return {"color": _OTHER, "label": None, "zorder": 2}


def _line(style: dict[str, Any]) -> dict[str, Any]:
    return style | {"marker": "o", "markersize": 4}


def _mark_failures(axes: Any, board: Leaderboard) -> None:
    """A cross on the axis for each trial without a score, at its cost."""
    bad = [trial.seconds for trial in board.trials if trial.score is None]
    if bad:
        axes.plot(
            bad,
            [0.02] * len(bad),
            "x",
            color=_BAD,
            label="failed or interrupted",
            transform=axes.get_xaxis_transform(),
        )
