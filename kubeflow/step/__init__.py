"""In the pod: the entrypoint of every step, in front of the one of TFX."""
