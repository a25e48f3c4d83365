"""The container image of all steps: its Dockerfile, build and name."""
