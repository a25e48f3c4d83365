"""General helpers that have nothing to do with what is learned."""
