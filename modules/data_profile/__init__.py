"""What a run's data looks like, and whether that is as expected."""
