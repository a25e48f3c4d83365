"""What both Trainers share: batches, callbacks, artifacts."""
