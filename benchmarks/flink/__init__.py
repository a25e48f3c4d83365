"""The Beam components on Flink beside this machine: `-m benchmarks.flink`."""
