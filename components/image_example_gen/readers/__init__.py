"""Readers of formats besides CIFAR's and image folders."""
