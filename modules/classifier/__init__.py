"""The CNN on node 2: node 4, and the class probabilities, node 5."""
