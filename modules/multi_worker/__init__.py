"""Training on several machines; see docs/SCALING.md."""
