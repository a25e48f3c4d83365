"""The cost of a run: time and memory."""

from __future__ import annotations

import dataclasses
import resource
import time
from typing import Self


@dataclasses.dataclass(frozen=True)
class RunCost:
    """The measured cost of a run.

    Attributes:
      seconds: wall time.
      peak_bytes: the process's peak memory.
    """

    seconds: float
    peak_bytes: int

    @classmethod
    def since(cls, start: float) -> Self:
        """Of a run that began at `start`, in the time of `time.monotonic`."""
        peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return cls(time.monotonic() - start, peak_kib * 1024)
