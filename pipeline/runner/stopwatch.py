"""How long each component of a run takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from pipeline.history.record import Component
from pipeline.runner.observer import Observer


class Stopwatch:
    """An observer that hands on what it is told, and notes the times.

    Args:
      observer: who is told.
      clock: seconds on any steady clock.

    Attributes:
      components: those that have ended, in order.
    """

    def __init__(
        self, observer: Observer, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.components: list[Component] = []
        self._observer = observer
        self._clock = clock
        self._started = 0.0

    def notice(self, message: str) -> None:
        """Handed on."""
        self._observer.notice(message)

    def run_started(self, node_ids: Sequence[str]) -> None:
        """The components are about to run."""
        self._observer.run_started(node_ids)

    def node_started(self, node_id: str) -> None:
        """The component's time begins."""
        self._started = self._clock()
        self._observer.node_started(node_id)

    def node_finished(self, node_id: str, *, cached: bool) -> None:
        """The component's time ends."""
        self.components.append(
            Component(
                name=node_id,
                state="cached" if cached else "done",
                seconds=self._clock() - self._started,
            )
        )
        self._observer.node_finished(node_id, cached=cached)

    def node_failed(self, node_id: str, error: BaseException) -> None:
        """The run ends without a record."""
        self._observer.node_failed(node_id, error)
