"""The autoencoder: image -> node 1 -> node 2 (hidden) -> node 3."""
