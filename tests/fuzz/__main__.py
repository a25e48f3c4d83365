"""Fuzzes the readers of images, archives and data sets from the corpus.

    python -m tests.fuzz --seconds 60 --seed 1

Each input is a file of `corpus/<target>/` with a few of its bytes changed: of a
compressed file, also of what it unpacks to; of a file with checksums, also with
right ones. An input on which a target fails, takes more than `SLOW` seconds or
`LARGE` bytes of memory, is kept in the corpus, from where the tests try it ever
after.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import random
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import google_crc32c

from tests.fuzz.targets import TARGETS
from tests.support import memory

CORPUS = Path(__file__).parent / "corpus"
SLOW = 5.0
LARGE = 256 << 20
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
        # Else a checksum is all that is ever reached.
        if chance.random() < 0.8 and (inner := INNER.get(target)):
            with contextlib.suppress(OSError, EOFError, zlib.error):
                yield inner(content, chance)
                continue
        yield mutated(content, chance)


def _gzipped(content: bytes, chance: random.Random) -> bytes:
    return gzip.compress(mutated(gzip.decompress(content), chance), 1)


def _records(content: bytes, chance: random.Random) -> bytes:
    """TFRecords, one of them changed, with the right checksums."""
    records, at = [], 0
    while at + 12 <= len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        records.append(content[at + 12 : at + 12 + length])
        at += 16 + length
    if records:
        place = chance.randrange(len(records))
        records[place] = mutated(records[place], chance)
    return b"".join(map(framed, records))


def framed(record: bytes) -> bytes:
    """A record as a TFRecord file has it."""
    length = struct.pack("<Q", len(record))
    return length + _checksum(length) + record + _checksum(record)


def _checksum(data: bytes) -> bytes:
    value = google_crc32c.value(data)
    masked = (value >> 15 | value << 17) + 0xA282EAD8
    return struct.pack("<I", masked & 0xFFFFFFFF)


INNER: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "archives": _gzipped,
    "idx": _gzipped,
    "tfrecord": _records,
}


def fuzz(target: str, seconds: float, seed: int) -> int:
    """Runs one target for a while.

    Returns:
      The number of inputs tried.

    Raises:
      Exception: what the target raised, after the input was kept.
    """
    deadline = time.monotonic() + seconds
    for count, content in enumerate(inputs(target, random.Random(seed))):
        if time.monotonic() >= deadline:
            return count
        start = time.process_time()  # Of a busy machine, its own part.
        try:
            with memory.peak() as used:
                TARGETS[target](content)
            took = time.process_time() - start
            assert took < SLOW, f"one input took {took:.1f} s"
            assert used() < LARGE, f"one input took {used():,} bytes"
        except BaseException:
            name = hashlib.sha256(content).hexdigest()[:16]
            (CORPUS / target / name).write_bytes(content)
            print(f"{target}: fails on {CORPUS / target / name}")
            raise
    raise AssertionError("the inputs have no end")


def main() -> None:
    """Runs all targets, each for its share of the time."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", default=[*TARGETS])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    chosen = parser.parse_args()
    for target in chosen.targets:
        seconds = chosen.seconds / len(chosen.targets)
        count = fuzz(target, seconds, chosen.seed)
        print(f"{target}: {count:,} inputs, seed {chosen.seed}, no failure")


if __name__ == "__main__":
    main()
