"""Retries requests to an UNAVAILABLE server until the timeout."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import tenacity

from serving.predictions import PredictionFailed, ServerUnavailable

Result = TypeVar("Result")


class NotYet(PredictionFailed):
    """The server is UNAVAILABLE: the request may be retried."""


def until_deadline(ask: Callable[[float], Result], timeout: float) -> Result:
    """What `ask` returns once it does not raise `NotYet`.

    Args:
      ask: one attempt, given the seconds that are left.
      timeout: seconds for all attempts and the growing pauses between them.

    Raises:
      ServerUnavailable: if the last attempt that fits raised `NotYet`.
    """
    deadline = time.monotonic() + timeout
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(NotYet),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=2),
        stop=tenacity.stop_before_delay(timeout),
        reraise=True,
    )
    try:
        return retrying(lambda: ask(max(deadline - time.monotonic(), 1e-3)))
    except NotYet as error:
        raise ServerUnavailable(str(error)) from error
