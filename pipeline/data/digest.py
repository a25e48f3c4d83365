"""The digest of a data set's files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.data.archive import file_digest


def files_digest(root: Path, names: Sequence[str]) -> str:
    """SHA-256 over files' names below `root` and contents, in threads.

    The whole path below the root counts: its folders are the images' classes.
    """
    with ThreadPoolExecutor() as pool:
        digests = pool.map(lambda n: file_digest(root / n, "sha256"), names)
        lines = [
            f"{digest} {name}\n"
            for name, digest in zip(names, digests, strict=True)
        ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
