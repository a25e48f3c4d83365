"""What knows about Kubeflow Pipelines: compiling, and each step's entrypoint."""
