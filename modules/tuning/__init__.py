"""What both Tuners share: the search, its bounds, its records, its leaderboard.

KerasTuner's oracles choose the values; a trial is the Trainer's own `train` on
the sampled images that are not held out, scored on those that are.
"""
