"""Class caps: which training images of each class are sampled and held out.

Pure numpy under Transform's analyzer (`modules/preprocessing.py`). An image is
its class and a hash of its key, a number in [0, `NO_CUT`). The rule is two cuts
a class: an image is *sampled* if its hash lies under the class's first cut, and
*holdout* if it lies under the second, which is never above the first. So:

- of a class with n images and the limit l, exactly k = min(l, n) are sampled,
  and exactly round(fraction * k) of those are holdout (Python's `round`: half
  to even), whatever the number of shards, their order or the Beam runner;
- the holdout is stratified by class and nested in the sample, and both are
  uniformly random subsets, because a keyed hash orders the keys at random;
- the choice depends on the keys and the seed alone, and a larger limit only
  ever adds images to the sample.

A cut is an order statistic, so the l + 1 smallest hashes of a class settle both
cuts: the accumulator holds O(limit) a class, never the data set. Two equal
hashes on either side of a cut cannot be told apart and are an error, never a
count that is one off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from modules.common.errors import UserError

Int64s = NDArray[np.int64]

NO_CUT = 2**63 - 1  # Above every hash: the cut of a class taken whole.
Limit = int | None
"""The most images of a class; None for no limit."""


class SmallestHashes:
    """The `size` smallest of all values added; exact, and mergeable.

    It holds at most 2 * `size` values between calls, and allocates for what it
    has seen, not for `size`.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: Int64s = np.empty(0, np.int64)
        self._pending: list[Int64s] = []
        self._held = 0
        self._bound = NO_CUT if size else 0

    def __len__(self) -> int:
        return self._held

    def add(self, values: Int64s) -> None:
        """Adds int64 values of shape [N], in amortised O(N)."""
        values = values[values < self._bound]
        if len(values):
            self._pending.append(values)
            self._held += len(values)
        if self._held > 2 * self._size:
            self.compact()

    def merge(self, other: SmallestHashes) -> None:
        """Adds what `other`, of the same size, holds."""
        for values in (other._values, *other._pending):
            self.add(values)

    def compact(self) -> None:
        """Drops what is not among the `size` smallest."""
        values = np.concatenate([self._values, *self._pending])
        if self._size and len(values) >= self._size:
            values = np.partition(values, self._size - 1)[: self._size].copy()
            self._bound = int(values[-1])
        self._values, self._pending = values, []
        self._held = len(self._values)

    def ordered(self) -> Int64s:
        """The values in ascending order, at most `size` of them."""
        self.compact()
        return np.sort(self._values)


class CapAccumulator:
    """The state needed to compute the cuts of all classes, over images so far.

    Args:
      limits: the most images of each class, by label; 0 or more, or None. A
        class without a limit has all of its hashes held.
    """

    def __init__(self, limits: Sequence[Limit]) -> None:
        self._limits = [NO_CUT if n is None else n for n in limits]
        self._classes = [
            SmallestHashes(limit + 1 if limit else 0) for limit in self._limits
        ]

    def __len__(self) -> int:
        """The number of hashes held, at most 2 * (limit + 1) a class."""
        return sum(map(len, self._classes))

    def add(self, labels: Int64s, hashes: Int64s) -> None:
        """Adds a batch of images.

        Args:
          labels: int64 [N], each in [0, number of limits).
          hashes: int64 [N], each in [0, `NO_CUT`).

        Raises:
          UserError: if a label has no limit.
        """
        self._check_labels(labels)
        order = np.argsort(labels, kind="stable")
        ends = np.searchsorted(
            labels[order], np.arange(1, len(self._classes)), side="left"
        )
        for class_, values in zip(
            self._classes, np.split(hashes[order], ends), strict=True
        ):
            class_.add(values)

    def merge(self, others: Iterable[CapAccumulator]) -> None:
        """Adds what accumulators of the same limits have seen."""
        for other in others:
            for mine, theirs in zip(self._classes, other._classes, strict=True):
                mine.merge(theirs)

    def compact(self) -> None:
        """Makes the accumulator as small as it can be, to be sent elsewhere."""
        for class_ in self._classes:
            class_.compact()

    def cuts(self, holdout_fraction: float) -> Int64s:
        """The two cuts of each class, int64 [2, classes].

        An image is sampled if its hash is less than row 0 at its label, and
        holdout if it is less than row 1.

        Raises:
          UserError: if two images of a class on either side of a cut have the
            same hash, or the fraction is not in [0, 1].
        """
        if not 0 <= holdout_fraction <= 1:
            raise UserError(
                f"the holdout fraction is {holdout_fraction}; it is a share of "
                "the sampled images, from 0 to 1."
            )
        return (
            np.array(
                [
                    _class_cuts(
                        label, class_.ordered(), limit, holdout_fraction
                    )
                    for label, (class_, limit) in enumerate(
                        zip(self._classes, self._limits, strict=True)
                    )
                ],
                np.int64,
            )
            .reshape(-1, 2)
            .T
        )

    def _check_labels(self, labels: Int64s) -> None:
        wrong = labels[(labels < 0) | (labels >= len(self._classes))]
        if len(wrong):
            raise UserError(
                f"an image has the label {wrong[0]}; the data set has "
                f"{len(self._classes)} classes, labels 0 to "
                f"{len(self._classes) - 1}."
            )


def _class_cuts(
    label: int, ordered: Int64s, limit: int, holdout_fraction: float
) -> tuple[int, int]:
    """The cuts of one class, given its `limit` + 1 smallest hashes."""
    sampled = min(limit, len(ordered))
    holdout = round(holdout_fraction * sampled)
    return _cut(label, ordered, sampled), _cut(label, ordered, holdout)


def _cut(label: int, ordered: Int64s, count: int) -> int:
    """The value under which exactly `count` of the class's hashes lie."""
    if count == 0:
        return 0
    if count == len(ordered):
        return NO_CUT
    if ordered[count - 1] == ordered[count]:
        raise UserError(
            f"two training images of label {label} have the same key, or keys "
            f"with the same hash ({ordered[count]}), where the class is cut at "
            f"{count}; make the keys unique, or use another seed."
        )
    return int(ordered[count])
