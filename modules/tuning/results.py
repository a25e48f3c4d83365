"""The artifact `tuner_results`: a leaderboard as JSON, CSV and a plot."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from modules.tuning.leaderboard import JSON, Leaderboard
from modules.tuning.plot import plot
from modules.tuning.records import TrialRecord

CSV, PLOT = "leaderboard.csv", "leaderboard.png"


def write(directory: Path, board: Leaderboard) -> None:
    """Writes the three files into the `tuner_results` artifact."""
    (directory / JSON).write_text(board.to_json(), "utf-8")
    (directory / CSV).write_text(to_csv(board), "utf-8")
    plot(board, directory / PLOT)


def to_csv(board: Leaderboard) -> str:
    """One line per trial, in the leaderboard's order."""
    names = sorted({name for trial in board.trials for name in trial.values})
    table = io.StringIO()
    header = ["trial", "state", board.objective, "epochs", "seconds"]
    writer = csv.DictWriter(table, [*header, *names, "worker", "reason"])
    writer.writeheader()
    writer.writerows(_row(board.objective, trial) for trial in board.trials)
    return table.getvalue()


def _row(objective: str, trial: TrialRecord) -> dict[str, Any]:
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
