"""The time a search takes in total, across resumed runs. Pure Python."""

from __future__ import annotations

import time
from collections.abc import Callable


class Budget:
    """The time limit of a search, and how much of it is used.

    Args:
      seconds: the limit.
      clock: seconds on any steady clock.
    """

    def __init__(
        self, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = seconds
        self._clock = clock
        self._start = clock()
        self._before = 0.0
        self._reserved = 0.0

    def reserve(self, seconds: float) -> None:
        """Keeps the last `seconds` back; 0 releases what was kept."""
        self._reserved = seconds

    def resume(self, spent: float) -> None:
        """Adds the `spent` seconds of the runs that this one resumes."""
        self._before = spent

    @property
    def spent(self) -> float:
        """Seconds used so far, across resumed runs."""
        return self._before + self._clock() - self._start

    @property
    def left(self) -> float:
        """Seconds until the limit, or what is reserved; 0 beyond it."""
        return max(0.0, self._limit - self._reserved - self.spent)

    @property
    def limit(self) -> float:
        """Seconds of the whole search."""
        return self._limit
