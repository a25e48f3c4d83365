"""Fuzzes the readers of images and archives from the corpus.

    python -m tests.fuzz --seconds 60 --seed 1

Each input is a file of `corpus/<target>/` with a few of its bytes changed; of
an archive, also what it unpacks to. An input on which a target fails, or takes
more than `SLOW` seconds, is kept in the corpus, from where the tests try it
ever after.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import random
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
SLOW = 5.0
_INTERESTING = (b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"7" * 11)


def seeds(target: str) -> list[bytes]:
    """The corpus of a target."""
    return [path.read_bytes() for path in sorted((CORPUS / target).iterdir())]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The content with one to eight changes."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                piece = chance.choice(_INTERESTING)
                changed[at : at + len(piece)] = piece
            case 2:
                del changed[at : at + chance.randint(1, 64)]
            case 3:
                start = chance.randrange(len(changed) + 1)
                changed[at:at] = changed[start : start + chance.randint(1, 64)]
            case 4:
                if at < len(changed):
                    changed[at] ^= 1 << chance.randrange(8)
    return bytes(changed)


def inputs(target: str, chance: random.Random) -> Iterator[bytes]:
    """Mutations without end."""
    corpus = seeds(target)
    while True:
        content = chance.choice(corpus)
        if target == "archives" and chance.random() < 0.8:
            # Else gzip's checksum is all that is ever reached.
            with contextlib.suppress(OSError, EOFError, zlib.error):
                unpacked = gzip.decompress(content)
                yield gzip.compress(mutated(unpacked, chance), 1)
                continue
        yield mutated(content, chance)


def fuzz(target: str, seconds: float, seed: int) -> int:
    """Runs one target for a while.

    Returns:
      The number of inputs tried.

    Raises:
      Exception: what the target raised, after the input was kept.
    """
    deadline = time.monotonic() + seconds
    for count, content in enumerate(inputs(target, random.Random(seed))):
        start = time.monotonic()
        if start >= deadline:
            return count
        try:
            TARGETS[target](content)
            took = time.monotonic() - start
            assert took < SLOW, f"one input took {took:.1f} s"
        except BaseException:
            name = hashlib.sha256(content).hexdigest()[:16]
            (CORPUS / target / name).write_bytes(content)
            print(f"{target}: fails on {CORPUS / target / name}")
            raise
    raise AssertionError("the inputs have no end")


def main() -> None:
    """Runs all targets, each for its share of the time."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    chosen = parser.parse_args()
    for target in TARGETS:
        count = fuzz(target, chosen.seconds / len(TARGETS), chosen.seed)
        print(f"{target}: {count:,} inputs, seed {chosen.seed}, no failure")


if __name__ == "__main__":
    main()
