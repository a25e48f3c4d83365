"""Confidence intervals of shares and of differences between shares.

All intervals are 95 %. They cover only the choice of test images: another seed
gives another model, and measuring that variation takes several runs.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NORMAL = statistics.NormalDist()
Z = _NORMAL.inv_cdf(0.975)

Labels = NDArray[np.integer[Any]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Difference:
    """The difference between two figures.

    Attributes:
      value: second minus first.
      margin: half the width of the 95 % interval around it.
      p_value: of the test that there is no difference.
      paired: whether both models were evaluated on the same images.
    """

    value: float
    margin: float
    p_value: float
    paired: bool

    @property
    def p_text(self) -> str:
        """The p-value for a table: nobody needs the digits of a tiny one."""
        return f"{self.p_value:.2g}" if self.p_value >= 1e-4 else "<0.0001"

    def shown(self, comparisons: int = 1) -> bool:
        """Whether it is shown at the 5 % level.

        Args:
          comparisons: how many differences are looked at; the level is
            divided by it (Bonferroni).
        """
        return self.p_value < 0.05 / comparisons


def wilson(share: float, count: int) -> tuple[float, float]:
    """The interval of a share of `count` images (Wilson 1927).

    Unlike share ± 2 standard errors it stays within [0, 1] and has a width at
    0 and 1.
    """
    if count == 0:
        return 0.0, 1.0
    centre = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    spread = math.sqrt(share * (1 - share) / count + (Z / (2 * count)) ** 2)
    half = Z * spread / (1 + Z**2 / count)
    return max(0.0, centre - half), min(1.0, centre + half)


def unpaired(
    first: float, first_count: int, second: float, second_count: int
) -> Difference:
    """The difference of two shares of different images: a z-test.

    On the same images it is too cautious, as it does not know that both
    models mostly fail on the same ones.
    """
    variance = first * (1 - first) / first_count
    variance += second * (1 - second) / second_count
    total = first_count + second_count
    pooled = (first * first_count + second * second_count) / total
    null = pooled * (1 - pooled) * (1 / first_count + 1 / second_count)
    z = (second - first) / math.sqrt(null) if null else 0.0
    return Difference(
        value=second - first,
        margin=Z * math.sqrt(variance),
        p_value=_two_sided(z),
        paired=False,
    )


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Difference:
    """The difference of two hit rates on the same images [N].

    McNemar's test in its exact form: of the images that only one of the two
    models gets right, each would be right about equally often if the models
    were equally good.
    """
    gained = int((second & ~first).sum())
    lost = int((first & ~second).sum())
    count, discordant = len(first), gained + lost
    value = (gained - lost) / count
    variance = (discordant / count - value**2) / count
    return Difference(
        value=value,
        margin=Z * math.sqrt(variance),
        p_value=_sign_test(gained, lost),
        paired=True,
    )


def macro(
    first: NDArray[np.bool_], second: NDArray[np.bool_], labels: Labels
) -> Difference:
    """The difference of two mean recalls on the same images [N]: a z-test.

    Args:
      first: whether the first model is right about each image.
      second: likewise.
      labels: the class of each image; every class counts the same.
    """
    gain = second.astype(np.float64) - first
    classes = [gain[labels == label] for label in np.unique(labels)]
    value = float(np.mean([c.mean() for c in classes]))
    variance = sum(c.var() / len(c) for c in classes) / len(classes) ** 2
    z = value / math.sqrt(variance) if variance else 0.0
    return Difference(
        value=value,
        margin=Z * math.sqrt(variance),
        p_value=_two_sided(z),
        paired=True,
    )


def _two_sided(z: float) -> float:
    return 2 * _NORMAL.cdf(-abs(z))


def _sign_test(gained: int, lost: int) -> float:
    """The chance of a split at least as uneven between equal models.

    Summed in integers, so exact: scipy.stats takes two seconds to import.
    """
    count = gained + lost
    tail = sum(math.comb(count, k) for k in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / 2**count)
