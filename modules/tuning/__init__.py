"""What both Tuners share: the search, its limits, records and leaderboard.

KerasTuner's oracles choose the values. A trial runs the Trainer's own `train`
on the sampled images outside the holdout, and is scored on the holdout.
"""
