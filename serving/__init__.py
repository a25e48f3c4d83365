"""TF Serving: its configuration, its client, and which version it serves."""
