"""Runs the DAG on this machine, and keeps its artifacts whole."""
