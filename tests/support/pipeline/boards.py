"""Leaderboards of made-up searches."""

from modules.hparams import ClassifierParams
from modules.tuning.config import SearchConfig
from modules.tuning.leaderboard import Leaderboard
from modules.tuning.records import TrialRecord, ranked

CURRENT = ClassifierParams().searched_values()


def board(*scores, **changes):
    """A leaderboard with a trial for each score; None for one that failed."""
    trials = [
        TrialRecord(
            number=number,
            values=CURRENT if number == 0 else {**CURRENT, "momentum": 0.9},
            epochs=2,
            state="failed" if score is None else "completed",
            seconds=100.0 + number,
            scores=() if score is None else (0.3, score),
            reason="the loss became nan in epoch 1" if score is None else "",
        )
        for number, score in enumerate(scores)
    ]
    return Leaderboard(
        model="classifier",
        objective="holdout_accuracy",
        direction="max",
        title="accuracy",
        holdout_images=4_250,
        config=SearchConfig(),
        seconds=1_100.0,
        trials=tuple(ranked(trials, "max")),
        **changes,
    )
