"""A study: a model's hyperparameters, an objective, how to run a trial."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray

from modules.common.errors import UserError
from modules.examples import ImageSplit
from modules.tuning.records import Direction
from modules.tuning.space import Params


@dataclasses.dataclass(frozen=True, kw_only=True)
class Objective:
    """The objective of a trial.

    Attributes:
      name: for logs and files.
      direction: whether higher or lower is better.
      title: a description, with the unit.
    """

    name: str
    direction: Direction
    title: str


@dataclasses.dataclass(frozen=True)
class Inputs:
    """The inputs of a study: the part of TFX's `FnArgs` that it uses.

    Attributes:
      train_files: patterns of the files of the training split.
      base_model: the directory of the SavedModel to build on, if any.
      custom_config: `tuner_fn`'s.
    """

    train_files: Sequence[str]
    base_model: str | None
    custom_config: dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Study:
    """What to search for one model; `SearchConfig` says how.

    Attributes:
      model: "autoencoder" or "classifier".
      params: the current values.
      objective: the objective of a trial.
      holdout_images: the number of images that it is computed on.
      train: trains a model with the given hyperparameters, a directory for
        its files, and callbacks.
      contributions: what each holdout image contributes to a model's objective,
        float64 [holdout_images]; the score is their weighted mean.
      weights: of the images in it, float64 [holdout_images]; they add up to 1.
    """

    model: Literal["autoencoder", "classifier"]
    params: Params
    objective: Objective
    holdout_images: int
    train: Callable[[Any, Path, Sequence[keras.callbacks.Callback]], None]
    contributions: Callable[[keras.Model], NDArray[np.float64]]
    weights: NDArray[np.float64]


def require_holdout(images: ImageSplit) -> None:
    """Checks that there are images to train on and images in the holdout.

    Raises:
      UserError: if either is empty.
    """
    held = int(images.holdout.sum())
    kept = int(images.sampled.sum()) - held
    if not (held and kept):
        raise UserError(
            f"found {kept} sampled images to train on and {held} in the "
            "holdout; a search needs both. Raise the class caps, or run "
            "without --tune."
        )
