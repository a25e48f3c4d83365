"""The commands `cifar10 kubeflow …`."""
