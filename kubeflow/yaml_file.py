"""Allowed names of the compiled file. Nothing slow is imported."""

SUFFIXES = (".yaml", ".yml")
"""The endings of the names that Kubeflow's SDK takes for YAML."""
