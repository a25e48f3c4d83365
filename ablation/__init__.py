"""`cifar10 ablation`: does node 2 help? Every system with equal compute."""
