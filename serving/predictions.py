"""Predictions, and the errors of asking for them.

Shared by the transports and the local model. No TensorFlow here, nor in
anything that is needed to call a server.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from modules.common.errors import UserError

SIGNATURE = "serving_bytes"
INPUT = "image_bytes"
OUTPUTS = ("probabilities", "class_id", "class_name")
_NAMED_IMAGE = re.compile(
    r"image (\d+) of the request \(counted from 0\) ([^][{}\n]+)"
)
_ASSERTED = re.compile(r"assertion failed: \[(.*?)\]\s*(?:\[\[|$)")


@dataclasses.dataclass(frozen=True)
class Prediction:
    """The model's output for one image.

    Attributes:
      class_name: the most probable class.
      class_id: its label.
      probabilities: of each class in label order, summing to 1.
    """

    class_name: str
    class_id: int
    probabilities: tuple[float, ...]

    @property
    def probability(self) -> float:
        """The probability of that class."""
        return self.probabilities[self.class_id]


class PredictionFailed(UserError):
    """A request that failed; the message says what to do."""


class ServerUnavailable(PredictionFailed):
    """No server answered in time, in spite of retries."""


class BadImage(PredictionFailed):
    """The model refused an image.

    Attributes:
      index: which of the request, counted from 0.
      reason: what is wrong with it, a sentence without its subject.
    """

    def __init__(self, index: int, reason: str):
        super().__init__(
            f"image {index} of the request (counted from 0) {reason}"
        )
        self.index = index
        self.reason = reason


class Predictor(Protocol):
    """Whatever turns image files into predictions: a client, or a model."""

    def predict(self, images: Sequence[bytes]) -> list[Prediction]:
        """One prediction for each PNG or JPEG file, in order.

        Raises:
          BadImage: if one cannot be decoded; the first such.
          PredictionFailed: for all other reasons.
        """


def refusal(words: str, source: str) -> PredictionFailed:
    """The error for an INVALID_ARGUMENT with these `words` from `source`."""
    named = _NAMED_IMAGE.search(words)
    if named:
        return BadImage(int(named[1]), named[2].strip())
    if asserted := _ASSERTED.search(words):
        words = asserted[1]
    (first, *_) = words.strip().splitlines() or ["without a reason"]
    return PredictionFailed(f"{source} refused the request: {first}")


def from_columns(
    columns: Mapping[str, Sequence[Any]], count: int, source: str
) -> list[Prediction]:
    """Predictions from the signature's outputs, `count` rows each.

    Raises:
      PredictionFailed: if `source` answered something else.
    """
    missing = [name for name in OUTPUTS if len(columns.get(name, ())) != count]
    if missing:
        raise PredictionFailed(
            f"{source} answered without {', '.join(missing)} for each of "
            f"{count} images; expected a model that this pipeline pushed."
        )
    return [
        Prediction(str(name), int(label), tuple(map(float, probabilities)))
        for probabilities, label, name in zip(
            *(columns[output] for output in OUTPUTS), strict=True
        )
    ]
