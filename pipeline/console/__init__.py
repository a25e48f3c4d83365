"""Console output: one live line per component, or plain lines."""
