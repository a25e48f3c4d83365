"""BaselineModel: the pushed model that the next is compared with."""
