r"""Soak test: clients send valid and malformed requests for minutes.

    python -m benchmarks.serving_soak IMAGE... --server 127.0.0.1:8500 \
        --pid PID --minutes 10

It passes, with exit code 0, if every well-formed request got the answer that
it got before the soak, every malformed one was refused naming the image, and
the server's memory stayed flat. It prints one JSON object.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Sequence

import psutil

from benchmarks import options
from benchmarks.load import LONGEST
from modules.common.errors import UserError
from serving.client import Client
from serving.predictions import BadImage, Prediction

LARGEST_BATCH = 8
TOLERANCE = 1e-4
"""Of a probability: batches of other sizes add in another order."""
FLAT = 0.05
"""How much of its memory a server may gain between the windows."""
WINDOW = 0.2
"""The share of the soak that warms up, and of each window after that."""


def malformed(image: bytes) -> list[bytes]:
    """Malformed image files, some of them derived from the PNG file `image`."""
    return [
        b"",
        b"not an image",
        image[: len(image) // 2],
        image[:8] + bytes(100),
    ]


class Soak:
    """Clients that know the right answers, and their counts of outcomes.

    Args:
      client: asks the server; shared by all threads.
      images: PNG files.
      share: of requests that get one malformed image.
    """

    def __init__(self, client: Client, images: Sequence[bytes], share: float):
        self._client = client
        self._images = images
        self._share = share
        self._right = [client.predict([image])[0] for image in images]
        self._lock = threading.Lock()
        self.outcomes: collections.Counter[str] = collections.Counter()

    def work(self, seed: int, end: float) -> None:
        """Sends requests until `end`, of `time.monotonic`."""
        draws = random.Random(seed)
        while time.monotonic() < end:
            outcome = self._ask(draws)
            with self._lock:
                self.outcomes[outcome] += 1

    def _ask(self, draws: random.Random) -> str:
        """The outcome of one request; `right` and `refused` are expected.

        One in so many has a malformed image in place of one of its own.
        """
        count = draws.randint(1, LARGEST_BATCH)
        chosen = draws.choices(range(len(self._images)), k=count)
        batch = [self._images[i] for i in chosen]
        bad = draws.randrange(count) if draws.random() < self._share else None
        if bad is not None:
            batch[bad] = draws.choice(malformed(batch[bad]))
        try:
            found = self._client.predict(batch)
        except BadImage as error:
            return "refused" if error.index == bad else "refused wrongly"
        except UserError as error:
            return f"failed: {error}"
        if bad is not None:
            return "not refused"
        right = [self._right[i] for i in chosen]
        return "right" if all(map(_same, found, right)) else "wrong"


def _same(one: Prediction, other: Prediction) -> bool:
    differences = [
        abs(a - b)
        for a, b in zip(one.probabilities, other.probabilities, strict=True)
    ]
    return one.class_id == other.class_id and max(differences) <= TOLERANCE


def growth(memory: Sequence[float]) -> float:
    """The growth of a server's memory, as a share of its size before.

    Between the medians of two windows: one once it has warmed up, and the
    last.
    """
    window = max(1, int(len(memory) * WINDOW))
    before = statistics.median(memory[window : 2 * window])
    return statistics.median(memory[-window:]) / before - 1


def soak(
    soaking: Soak, *, clients: int, seconds: float, pid: int
) -> list[float]:
    """Soaks for `seconds`; returns the server's memory over time, MiB."""
    server = psutil.Process(pid)
    end = time.monotonic() + min(seconds, LONGEST)
    threads = [
        threading.Thread(target=soaking.work, args=(seed, end))
        for seed in range(clients)
    ]
    for thread in threads:
        thread.start()
    memory = []
    while any(thread.is_alive() for thread in threads):
        memory.append(server.memory_info().rss / 2**20)
        time.sleep(min(1.0, seconds / 20))
    return memory


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the soak; the exit code.

    Raises:
      UserError: if there are no images or no server.
    """
    chosen = _parser().parse_args(arguments)
    images = options.images(chosen)
    with options.client(chosen) as client:
        soaking = Soak(client, images, chosen.malformed)
        seconds = 60 * chosen.minutes
        memory = soak(
            soaking, clients=chosen.clients, seconds=seconds, pid=chosen.pid
        )
    outcomes, gained = soaking.outcomes, growth(memory)
    passed = set(outcomes) == {"right", "refused"} and gained <= FLAT
    figures = {
        "passed": passed,
        "clients": chosen.clients,
        "minutes": chosen.minutes,
        "requests": outcomes,
        "malformed_share": outcomes["refused"] / outcomes.total(),
        "rss_mib": [memory[0], max(memory), memory[-1]],
        "rss_growth": gained,
    }
    print(json.dumps(figures))
    return 0 if passed else 1


def _parser() -> argparse.ArgumentParser:
    made = options.parser("benchmarks.serving_soak", "Soak of TF Serving.")
    add = made.add_argument
    add("--minutes", type=float, default=10.0, help="at most 10")
    add("--malformed", type=float, default=0.02, help="share of the requests")
    add("--pid", type=int, required=True, help="the server's process")
    return made


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"error: {error}")
