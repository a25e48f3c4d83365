"""The DAG, its configuration, and the local runner."""
