"""Learning curves of a Trainer: `history.json` in `model_run`.

The report draws them. TensorBoard's files beside it contain only complete
epochs, and need TensorBoard to be read. No TensorFlow and no Keras here.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Self

FILE = "history.json"

Point = Mapping[str, float]
"""`epoch`, a fraction within one, and values by metric."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Curves:
    """The learning curves of one training.

    Attributes:
      stage: what was trained, as the console names it.
      train: metrics over the steps since the previous point, with the current
        `learning_rate`.
      holdout: metrics after each epoch, on images excluded from training; empty
        if there are none.
    """

    stage: str
    train: tuple[Point, ...]
    holdout: tuple[Point, ...] = ()

    def write(self, directory: pathlib.Path) -> None:
        """Writes them into the `model_run` artifact `directory`."""
        directory.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dataclasses.asdict(self))
        (directory / FILE).write_text(text + "\n", "utf-8")

    @classmethod
    def read(cls, directory: pathlib.Path) -> Self | None:
        """The curves of a `model_run` artifact; None if it has none.

        Raises:
          ValueError: if the file is not one that `write` has written.
        """
        try:
            values = json.loads((directory / FILE).read_text("utf-8"))
        except FileNotFoundError:
            return None
        try:
            return cls(
                stage=values["stage"],
                train=tuple(values["train"]),
                holdout=tuple(values["holdout"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(
                f"{directory / FILE} holds no learning curves ({error!r})"
            ) from error
