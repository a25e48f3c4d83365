"""Talks to the Kubeflow Pipelines API: submit, watch, schedule."""
