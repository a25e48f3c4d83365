"""Our Beam components beside the stock ones: `-m benchmarks.data_plane`."""
