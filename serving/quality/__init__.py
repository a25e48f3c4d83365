"""Whether what is served is good: canary, drift, TFLite."""
