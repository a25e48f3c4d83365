"""Trainer: TFX's, which also counts its rows."""
