"""BaselineModel: the pushed model that a new one is compared with."""
