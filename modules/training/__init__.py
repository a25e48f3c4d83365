"""Shared by both Trainers: batches, callbacks, artifacts."""
