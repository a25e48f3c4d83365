"""The versions of a model: delivered, labelled, listed, pruned."""
