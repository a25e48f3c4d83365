"""The metrics that the Evaluators compute, and the thresholds of gates."""
