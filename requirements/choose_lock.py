"""Prints the lock file of this machine; run by `make` before any install.

TFX's newest binary wheels need glibc 2.39; `glibc236-overrides.txt` holds the
older releases with which the same code runs on glibc 2.36. Standard library
only: this runs in the Python that the user has, before there is a `.venv`.
"""

import pathlib
import platform
import sys

HERE = pathlib.Path(__file__).parent
PYTHON = (3, 11)
LOCKS = {(2, 39): "glibc239.txt", (2, 36): "glibc236.txt"}


def choose(libc: str, version: str) -> str | None:
    """The lock file for a C library, or None where TFX has no wheels.

    Args:
      libc: name of the C library, as `platform.libc_ver` says it.
      version: its version, such as "2.36".
    """
    if libc != "glibc":
        return None
    found = tuple(int(part) for part in version.split("."))
    fitting = [needed for needed in LOCKS if needed <= found]
    return LOCKS[max(fitting)] if fitting else None


def main() -> None:
    """Prints the path of the lock file, or one line saying what is missing."""
    if sys.version_info[:2] != PYTHON:
        sys.exit(
            f"error: found Python {platform.python_version()}; the locked "
            "packages need Python 3.11: make PYTHON=/path/to/python3.11"
        )
    libc, version = platform.libc_ver()
    lock = choose(libc, version)
    if platform.machine() != "x86_64" or lock is None:
        system = f"{platform.system()} {platform.machine()} {libc} {version}"
        sys.exit(
            f"error: found {system.strip()}; TFX has binary packages for "
            "Linux on x86_64 with glibc 2.36 or newer only."
        )
    print(HERE / lock)


if __name__ == "__main__":
    main()
