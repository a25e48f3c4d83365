"""What a runner tells about a run: to whom while it lasts, and how it fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Observer(Protocol):
    """Who is told what the runner does, as it does it."""

    def notice(self, message: str) -> None:
        """Something that the user should know, at any time."""

    def run_started(self, node_ids: Sequence[str]) -> None:
        """All components of the run, in the order in which they will run."""

    def node_started(self, node_id: str) -> None:
        """The component is about to run, or to be found in the cache."""

    def node_finished(self, node_id: str, *, cached: bool) -> None:
        """The component's outputs are there, now or from an earlier run."""

    def node_failed(self, node_id: str, error: BaseException) -> None:
        """The component raised `error`, and the run ends with it."""


class NodeFailed(RuntimeError):
    """A node failed, and the run ended; `__cause__` says why.

    Attributes:
      node_id: which one.
    """

    def __init__(self, node_id: str) -> None:
        super().__init__(f"{node_id} failed")
        self.node_id = node_id
