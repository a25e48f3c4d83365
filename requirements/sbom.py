"""`make sbom`: a software bill of materials (CycloneDX) of each lock.

    python -m requirements.sbom DIRECTORY

cyclonedx-py writes them, and validates them against the format's schema. The
same locks give the same files.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Sequence

from requirements import locks


def write(lock: Path, directory: Path) -> Path:
    """Writes the SBOM of one lock; returns its file.

    Raises:
      subprocess.CalledProcessError: if cyclonedx-py refuses the lock.
    """
    target = directory / f"{lock.stem}.cdx.json"
    subprocess.run(
        [
            *(sys.executable, "-m", "cyclonedx_py", "requirements"),
            *("--output-reproducible", "--validate"),
            *("--output-file", str(target), str(lock)),
        ],
        check=True,
    )
    return target


def main(arguments: Sequence[str]) -> None:
    """Writes the SBOMs of all locks, and prints where."""
    (directory,) = map(Path, arguments)
    directory.mkdir(parents=True, exist_ok=True)
    for lock in locks.files():
        print(write(lock, directory))


if __name__ == "__main__":
    main(sys.argv[1:])
