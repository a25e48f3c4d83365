"""Leaderboards of made-up searches."""

from modules.hparams import ClassifierParams
from modules.tuning.config import SearchConfig
from modules.tuning.decision import Decision
from modules.tuning.leaderboard import Leaderboard
from modules.tuning.records import TrialRecord, ranked

CURRENT = ClassifierParams().searched_values()


def board(*scores, finals=(), **changes):
    """A leaderboard with a trial for each score; None for one that failed.

    The best of them is taken, if it is not the current values; `finals` are the
    scores of a final round, by number.
    """
    trials = [trial(number, score) for number, score in enumerate(scores)]
    ranking = ranked(trials, "max")
    decided = [trial(n, score) for n, score in dict(finals).items()]
    chosen = ranking[0].number
    rule = "full_schedule" if finals else "uncertainty"
    decision = Decision(
        chosen=chosen,
        rule=rule if chosen else "no_challenger",
        challenger=chosen or None,
        lead=0.02 if chosen else None,
        standard_error=0.004 if chosen else None,
        epochs=2 if chosen else None,
    )
    return Leaderboard(
        model="classifier",
        objective="holdout_accuracy",
        direction="max",
        title="accuracy",
        holdout_images=4_250,
        config=SearchConfig(),
        seconds=1_100.0,
        trials=tuple(ranking),
        **{
            "decision": decision,
            "finals": tuple(ranked(decided, "max")),
            **changes,
        },
    )


def trial(number, score):
    """The record of a trial; None for a score makes it a failed one."""
    return TrialRecord(
        number=number,
        values=CURRENT if number == 0 else {**CURRENT, "momentum": 0.9},
        epochs=2,
        state="failed" if score is None else "completed",
        seconds=100.0 + number,
        scores=() if score is None else (0.3, score),
        reason="the loss became nan in epoch 1" if score is None else "",
    )
