"""What is searched for: a model's hyperparameters, and how a trial is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import keras

from modules.common.errors import UserError
from modules.examples import ImageSplit
from modules.tuning.records import Direction
from modules.tuning.space import Params


@dataclasses.dataclass(frozen=True, kw_only=True)
class Objective:
    """What a trial is judged by.

    Attributes:
      name: for logs and files.
      direction: which values are better.
      title: in words, with its unit.
    """

    name: str
    direction: Direction
    title: str


@dataclasses.dataclass(frozen=True)
class Inputs:
    """What a study is made from: the part of TFX's `FnArgs` that it uses.

    Attributes:
      train_files: patterns of the files of the training split.
      base_model: the directory of the SavedModel to build on, if any.
      custom_config: as `tuner_fn` gets it.
    """

    train_files: Sequence[str]
    base_model: str | None
    custom_config: dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Study:
    """One model's search, apart from how it is done.

    Attributes:
      model: "autoencoder" or "classifier".
      params: the values known before.
      objective: what a trial is judged by.
      holdout_images: how many images judge it.
      train: trains with hyperparameters, in a directory for its files, with
        callbacks.
      score: the objective's value for a model as it is.
    """

    model: Literal["autoencoder", "classifier"]
    params: Params
    objective: Objective
    holdout_images: int
    train: Callable[[Any, Path, Sequence[keras.callbacks.Callback]], None]
    score: Callable[[keras.Model], float]


def require_holdout(images: ImageSplit) -> None:
    """Sees to it that there are images to train on, and images to judge by.

    Raises:
      UserError: if there are none of either.
    """
    held = int(images.holdout.sum())
    kept = int(images.sampled.sum()) - held
    if not (held and kept):
        raise UserError(
            f"found {kept} sampled images to train on and {held} in the "
            "holdout; a search needs both. Raise the class caps, or run "
            "without --tune."
        )
