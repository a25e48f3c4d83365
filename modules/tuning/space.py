"""`modules/search_spaces.py` as KerasTuner's search spaces."""

from __future__ import annotations

import keras_tuner

from modules.hparams import AutoencoderParams, ClassifierParams
from modules.search_spaces import Choice, Range

Params = AutoencoderParams | ClassifierParams


def search_space(params: Params) -> keras_tuner.HyperParameters:
    """The search space, with the values of `params` as defaults."""
    space = keras_tuner.HyperParameters()
    for name, where in params.space().items():
        _add(space, name, where, getattr(params, name))
    return space


def as_given(params: Params) -> keras_tuner.HyperParameters:
    """The same hyperparameters, each fixed at its value in `params`."""
    space = keras_tuner.HyperParameters()
    for name, value in params.searched_values().items():
        space.Fixed(name, value)
    return space


def _add(
    space: keras_tuner.HyperParameters,
    name: str,
    where: Range | Choice,
    default: float,
) -> None:
    if isinstance(where, Choice):
        space.Choice(name, list(where.values), default=default)
        return
    number = space.Int if isinstance(where.low, int) else space.Float
    number(
        name,
        where.low,
        where.high,
        sampling="log" if where.log else "linear",
        default=default,
    )
