"""Records of runs: keeping, listing and comparing them."""
