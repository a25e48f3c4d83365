"""Writes a leaderboard as JSON, CSV and a plot."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from modules.tuning.leaderboard import JSON, Leaderboard
from modules.tuning.records import TrialRecord
from modules.tuning.results.plot import plot

CSV, PLOT = "leaderboard.csv", "leaderboard.png"


def write(directory: Path, board: Leaderboard) -> None:
    """Writes the three files into the `tuner_results` artifact."""
    (directory / JSON).write_text(board.to_json(), "utf-8")
    (directory / CSV).write_text(to_csv(board), "utf-8")
    plot(board, directory / PLOT)


def to_csv(board: Leaderboard) -> str:
    """One line per training, in the leaderboard's order, finals first.

    The line of the values that are taken says by which rule.
    """
    names = sorted({name for trial in board.trials for name in trial.values})
    table = io.StringIO()
    header = ["trial", "round", "state", board.objective, "epochs", "seconds"]
    last = ["worker", "reason", "taken_by"]
    writer = csv.DictWriter(table, [*header, *names, *last])
    writer.writeheader()
    for title, trainings in (("final", board.finals), ("trial", board.trials)):
        writer.writerows(_row(board, title, each) for each in trainings)
    return table.getvalue()


def _row(board: Leaderboard, title: str, trial: TrialRecord) -> dict[str, Any]:
    taken = trial is board.deciding(board.winner)
    return {
        "trial": trial.number,
        "round": title,
        "state": trial.state,
        board.objective: trial.score,
        "epochs": len(trial.scores),
        "seconds": round(trial.seconds, 1),
        **trial.values,
        "worker": trial.worker,
        "reason": trial.reason,
        "taken_by": board.decision.rule if taken else "",
    }
