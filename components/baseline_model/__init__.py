"""BaselineModel: the model in production, for the next to be compared with."""
