"""Closed- and open-loop load on a server, and the latencies.

Closed-loop: a number of clients, each sending its next request once the last is
answered; that finds the throughput. Open-loop: requests arrive at random times
at a given mean rate, whatever the server does, and latency counts from when a
request was due; that finds what users would see at that rate. Latencies are
kept in an HDR histogram: microseconds, three significant digits.
"""

from __future__ import annotations

import collections
import dataclasses
import ipaddress
import random
import socket
import threading
import time
from collections.abc import Callable
from concurrent import futures

from hdrh.histogram import HdrHistogram

from modules.common.errors import UserError
from serving.target import parse_address

PERCENTILES = (50.0, 90.0, 99.0, 99.9)
LONGEST = 10 * 60.0
"""The most seconds of load from one command."""
OUTSTANDING = 256
"""The most requests in flight at once in an open loop."""
_MOST_MICROSECONDS = 10 * 60 * 1_000_000

Ask = Callable[[], None]


@dataclasses.dataclass(frozen=True)
class Report:
    """The figures of one load.

    Attributes:
      seconds: how long it lasted.
      answered: requests that were answered.
      failed: requests that failed.
      errors: the most common errors, and how often each occurred.
      per_second: answered requests a second.
      latency_ms: of answered requests, by percentile, milliseconds.
    """

    seconds: float
    answered: int
    failed: int
    errors: dict[str, int]
    per_second: float
    latency_ms: dict[str, float]


class Record:
    """Latencies and errors of requests; safe to use from several threads."""

    def __init__(self) -> None:
        self._latencies = HdrHistogram(1, _MOST_MICROSECONDS, 3)
        self._errors: collections.Counter[str] = collections.Counter()
        self._lock = threading.Lock()

    def time(self, ask: Ask, due: float) -> None:
        """Sends a request; records the seconds since `due`, or the error."""
        error = ""
        try:
            ask()
        except UserError as problem:
            error = f"{type(problem).__name__}: {problem}"
        took = time.perf_counter() - due
        with self._lock:
            if error:
                self._errors[error] += 1
            else:
                self._latencies.record_value(max(1, round(took * 1e6)))

    def report(self, seconds: float) -> Report:
        """The figures of a load that took `seconds`."""
        answered = self._latencies.get_total_count()

        def milliseconds(percentile: float) -> float:
            value = self._latencies.get_value_at_percentile(percentile)
            return float(value) / 1000

        return Report(
            seconds=round(seconds, 3),
            answered=answered,
            failed=sum(self._errors.values()),
            errors=dict(self._errors.most_common(5)),
            per_second=round(answered / seconds, 1),
            latency_ms={f"p{p:g}": milliseconds(p) for p in PERCENTILES}
            | {"max": milliseconds(100)},
        )


def closed_loop(ask: Ask, *, clients: int, seconds: float) -> Report:
    """`clients` threads that send requests for `seconds`."""
    record = Record()
    start = time.perf_counter()
    end = start + min(seconds, LONGEST)

    def work() -> None:
        while (now := time.perf_counter()) < end:
            record.time(ask, now)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return record.report(time.perf_counter() - start)


def open_loop(
    ask: Ask, *, rate: float, seconds: float, seed: int = 0
) -> Report:
    """Requests as a Poisson process of `rate` per second."""
    record, arrivals = Record(), random.Random(seed)
    start = due = time.perf_counter()
    end = start + min(seconds, LONGEST)
    with futures.ThreadPoolExecutor(OUTSTANDING) as pool:
        while (due := due + arrivals.expovariate(rate)) < end:
            time.sleep(max(0.0, due - time.perf_counter()))
            pool.submit(record.time, ask, due)
    return record.report(time.perf_counter() - start)


def check_address(server: str, *, remote: bool) -> None:
    """Refuses a server that is not on this machine, unless `remote`.

    Raises:
      UserError: if it is elsewhere, or its name is not known.
    """
    host = parse_address(server, 0).host
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError as error:
        raise UserError(
            f"the host of {server} is not known ({error.strerror})."
        ) from error
    local = all(ipaddress.ip_address(each).is_loopback for each in found)
    if not local and not remote:
        raise UserError(
            f"{server} is not on this machine; --remote sends load there, if "
            "it is yours to load."
        )
