"""`cifar10 ablation`: does node 2 help? Every system with equal compute."""

import modules  # noqa: F401  Before Keras and TensorFlow, which it sets up.
