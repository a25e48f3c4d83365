"""What the Evaluators measure, and the thresholds they hold models to."""
