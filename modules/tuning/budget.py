"""The wall-clock time of a search, across resumed runs. Pure Python."""

from __future__ import annotations

import time
from collections.abc import Callable


class Budget:
    """Seconds that a search may take, and has taken.

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

    def resume(self, spent: float) -> None:
        """Counts the `spent` seconds of the runs before."""
        self._before = spent

    @property
    def spent(self) -> float:
        """Seconds so far."""
        return self._before + self._clock() - self._start

    @property
    def left(self) -> float:
        """Seconds until the limit; 0 beyond it."""
        return max(0.0, self._limit - self.spent)
