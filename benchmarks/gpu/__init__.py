"""The preset `gpu`, measured: `python -m benchmarks.gpu`."""
