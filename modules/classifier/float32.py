"""The trained weights in a model that computes in float32, to be served."""

from __future__ import annotations

import dataclasses

import keras

from modules.classifier import network
from modules.hparams import ClassifierParams


def in_float32(
    classifier: keras.Model,
    params: ClassifierParams,
    num_classes: int,
    seed: int,
) -> keras.Model:
    """The same weights in a model that computes in float32, to be served.

    Args:
      classifier: as `build_classifier` built it, whatever its precision.
      params: its own.
      num_classes: its own.
      seed: of the initial weights, which are replaced.
    """
    if params.precision == "float32":
        return classifier
    served = network.build_classifier(
        classifier.get_layer(network.ENCODER),
        dataclasses.replace(params, precision="float32"),
        num_classes,
        seed,
    )
    copy_by_path(
        classifier.get_layer(network.HEAD), served.get_layer(network.HEAD)
    )
    return served


def copy_by_path(source: keras.Model, target: keras.Model) -> None:
    """Copies the weights of `source` to those of `target` with equal paths.

    Raises:
      ValueError: if one of the models has a path that the other has not, or
        has it twice.
    """
    theirs = sorted(variable.path for variable in source.weights)
    ours = sorted(variable.path for variable in target.weights)
    if theirs != ours or len({*ours}) != len(ours):
        raise ValueError(
            f"the weights to copy are {', '.join(theirs)}; expected each of "
            f"{', '.join(ours)} once."
        )
    values = {v.path: keras.ops.convert_to_numpy(v) for v in source.weights}
    for variable in target.weights:
        variable.assign(values[variable.path])
