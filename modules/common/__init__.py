"""General helpers, independent of the models."""
