"""Predicting with a pushed model in this process, without a server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.pusher.versions import versions
from modules.common import links
from modules.common.errors import UserError
from modules.export import metadata
from serving.predictions import (
    INPUT,
    OUTPUTS,
    SIGNATURE,
    Prediction,
    PredictionFailed,
    from_columns,
    refusal,
)


def saved_model(directory: Path) -> Path:
    """The SavedModel that `directory` is, or the newest version in it.

    Raises:
      UserError: if it is neither a version nor a directory of versions.
    """
    numbers = versions(directory)
    candidate = directory / str(numbers[0]) if numbers else directory
    if not (candidate / "saved_model.pb").is_file():
        raise UserError(
            f"{directory} contains no SavedModel; expected a pushed version, "
            "<root>/serving/<model>/<version>, or <root>/serving/<model>."
            f"{_neighbours(directory)}"
        )
    return candidate


def _neighbours(directory: Path) -> str:
    """The models beside a directory that is none, in a sentence."""
    parent = directory.resolve().parent
    found = sorted(
        child.name
        for child in (parent.iterdir() if parent.is_dir() else ())
        if child != directory.resolve() and child.is_dir() and versions(child)
    )
    return f" Beside it there is {', '.join(found)}." if found else ""


def class_names(directory: Path) -> tuple[str, ...]:
    """The classes of the pushed model in `directory`, in label order.

    Raises:
      UserError: as `saved_model` does, or if its description is damaged.
    """
    return metadata.read(saved_model(directory)).class_names


class LocalModel:
    """A pushed model in this process. Importing TensorFlow takes seconds.

    Args:
      directory: a pushed version, or the directory of a model's versions.

    Raises:
      UserError: if `directory` holds no model that this pipeline pushed.
    """

    def __init__(self, directory: Path):
        self._path = saved_model(directory)
        import tensorflow as tf

        self._invalid = tf.errors.InvalidArgumentError
        self._constant = tf.constant
        self._model = self._load(tf)
        if SIGNATURE not in self._model.signatures:
            found = ", ".join(self._model.signatures) or "none"
            raise UserError(
                f"{self._path} has the signatures {found}; expected "
                f"{SIGNATURE}, which the models of this pipeline have."
            )

    def _load(self, tf: Any) -> Any:
        """The SavedModel; TensorFlow raises whatever its files give rise to."""
        try:
            return tf.saved_model.load(str(links.reachable(self._path)))
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise UserError(
                f"{self._path} cannot be loaded ({reason[:200]}); expected a "
                "version as it was pushed. `cifar10 models` verifies them."
            ) from error

    def predict(self, images: Sequence[bytes]) -> list[Prediction]:
        """One prediction for each PNG or JPEG file, in order.

        Raises:
          BadImage: if one cannot be decoded; the first such.
          PredictionFailed: if the model answers something else.
        """
        if not images:
            return []
        call = self._model.signatures[SIGNATURE]
        try:
            outputs = call(**{INPUT: self._constant(list(images))})
        except self._invalid as error:
            raise refusal(error.message, str(self._path)) from error
        except Exception as error:
            raise PredictionFailed(f"{self._path} failed: {error}") from error
        columns = {name: outputs[name].numpy() for name in OUTPUTS}
        columns["class_name"] = [
            name.decode() for name in columns["class_name"]
        ]
        return from_columns(columns, len(images), str(self._path))
