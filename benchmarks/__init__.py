"""Benchmarks: scripts that measure, and their printed results."""
