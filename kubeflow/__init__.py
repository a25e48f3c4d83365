"""Kubeflow Pipelines: compiling for it, and the entrypoint of each step."""
