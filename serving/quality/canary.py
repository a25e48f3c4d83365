"""The same images to two versions: do they agree, and is the new one slower?"""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Iterator, Sequence

from modules.common.errors import UserError
from serving.output import Answer, answers
from serving.predictions import Predictor

Images = Sequence[tuple[str, bytes]]


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a canary may differ by.

    Attributes:
      agreement: the least share of images that get the same class.
      shift: the most that probabilities move, on average over the images:
        half the sum of the absolute differences, from 0 to 1 (total variation).
      latency: the most that the median latency grows, as a factor.
    """

    agreement: float
    shift: float
    latency: float


@dataclasses.dataclass(frozen=True)
class Comparison:
    """How a canary compares with the stable version.

    Attributes:
      images: how many both classified or one refused.
      agreement: the share of them that got the same class.
      shift: mean total variation between the two probability vectors.
      stable_ms: median latency of a request to the stable version.
      canary_ms: the same to the canary.
    """

    images: int
    agreement: float
    shift: float
    stable_ms: float
    canary_ms: float

    def faults(self, limits: Limits) -> list[str]:
        """What is beyond the limits, a sentence each; empty if nothing."""
        ratio = self.canary_ms / self.stable_ms
        checks = (
            (
                self.agreement < limits.agreement,
                f"agreement {self.agreement:.4f} is below {limits.agreement:g}",
            ),
            (
                self.shift > limits.shift,
                f"mean shift {self.shift:.4f} is above {limits.shift:g}",
            ),
            (
                ratio > limits.latency,
                f"median latency is {ratio:.2f} times the stable one's, above "
                f"{limits.latency:g}",
            ),
        )
        return [words for beyond, words in checks if beyond]


def compare(
    stable: Predictor,
    canary: Predictor,
    images: Images,
    *,
    batch_size: int,
    rounds: int,
) -> Comparison:
    """Asks both in turns, so that whatever slows one slows the other.

    Args:
      stable: the version in production.
      canary: the version to judge.
      images: names and files; those that both refuse do not count.
      batch_size: images a request.
      rounds: how often each batch is asked, for the latency.

    Raises:
      UserError: if no image is left.
      PredictionFailed: if one of them fails for another reason.
    """
    pairs: list[tuple[Answer, Answer]] = []
    seconds: tuple[list[float], list[float]] = [], []
    for batch in _batches(images, batch_size):
        _timed(stable, batch)  # Connects, and warms up.
        _timed(canary, batch)
        for _ in range(rounds):
            before, took = _timed(stable, batch)
            seconds[0].append(took)
            after, took = _timed(canary, batch)
            seconds[1].append(took)
        pairs += zip(before, after, strict=True)
    pairs = [(a, b) for a, b in pairs if a.prediction or b.prediction]
    if not pairs:
        raise UserError(
            "none of the images can be classified by either version; expected "
            "PNG or JPEG files."
        )
    shifts = [_shift(a, b) for a, b in pairs]
    same = [
        a.prediction is not None
        and b.prediction is not None
        and a.prediction.class_id == b.prediction.class_id
        for a, b in pairs
    ]
    return Comparison(
        images=len(pairs),
        agreement=sum(same) / len(same),
        shift=statistics.fmean(shifts),
        stable_ms=1e3 * statistics.median(seconds[0]),
        canary_ms=1e3 * statistics.median(seconds[1]),
    )


def _batches(images: Images, size: int) -> Iterator[Images]:
    for start in range(0, len(images), size):
        yield images[start : start + size]


def _timed(predictor: Predictor, batch: Images) -> tuple[list[Answer], float]:
    start = time.perf_counter()
    found = list(answers(predictor, batch, len(batch)))
    return found, time.perf_counter() - start


def _shift(before: Answer, after: Answer) -> float:
    if before.prediction is None or after.prediction is None:
        return 1.0
    return 0.5 * sum(
        abs(a - b)
        for a, b in zip(
            before.prediction.probabilities,
            after.prediction.probabilities,
            strict=True,
        )
    )
