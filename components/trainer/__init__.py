"""Trainer: TFX's, with its rows counted."""
