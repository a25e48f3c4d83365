"""Tuner: TFX's own, which also keeps its leaderboard."""
