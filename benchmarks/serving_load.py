"""Load test of any TF Serving: latency percentiles and throughput.

    python -m benchmarks.serving_load IMAGE... --server 127.0.0.1:8500
    python -m benchmarks.serving_load IMAGE... --rate 50     # open-loop

It prints one JSON object for each --batch-size.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import sys
from collections.abc import Sequence

from benchmarks import load, options
from modules.common.errors import UserError


class Batches:
    """Cycles through batches of the images; thread-safe.

    Args:
      images: to choose from.
      size: of a batch.
    """

    def __init__(self, images: Sequence[bytes], size: int):
        self._images, self._size = images, size
        self._starts = itertools.count(step=size)

    def take(self) -> list[bytes]:
        """The next batch."""
        start = next(self._starts)
        places = range(start, start + self._size)
        return [self._images[place % len(self._images)] for place in places]


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the requested load tests.

    Raises:
      UserError: if there are no images or no server.
    """
    chosen = _parser().parse_args(arguments)
    images = options.images(chosen)
    with options.client(chosen) as client:
        for size in chosen.batch_size:
            batches = Batches(images, size)

            def ask(batches: Batches = batches) -> None:
                client.predict(batches.take())

            ask()  # To connect, and to warm up.
            report = _load(ask, chosen)
            print(json.dumps(_figures(chosen, size, report)), flush=True)


def _load(ask: load.Ask, chosen: argparse.Namespace) -> load.Report:
    if chosen.rate:
        return load.open_loop(ask, rate=chosen.rate, seconds=chosen.seconds)
    return load.closed_loop(ask, clients=chosen.clients, seconds=chosen.seconds)


def _figures(
    chosen: argparse.Namespace, size: int, report: load.Report
) -> dict[str, object]:
    """The settings, then the results."""
    loop = (
        {"loop": "open", "rate": chosen.rate}
        if chosen.rate
        else {"loop": "closed", "clients": chosen.clients}
    )
    return {
        "transport": chosen.transport,
        **loop,
        "batch_size": size,
        "images_per_second": round(report.per_second * size, 1),
        **dataclasses.asdict(report),
    }


def _parser() -> argparse.ArgumentParser:
    made = options.parser("benchmarks.serving_load", "Load test of TF Serving.")
    made.add_argument("--seconds", type=float, default=10.0, help="at most 600")
    made.add_argument("--batch-size", type=int, nargs="+", default=[1, 32])
    made.add_argument(
        "--rate", type=float, help="open loop, at a mean of requests a second"
    )
    return made


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
