"""A worker of a parallel search: `python -m modules.tuning.worker DIR`.

DIR is the search's directory, which the chief has created; the worker needs it
and the data at the same paths. KerasTuner's environment variables assign the
roles, see docs/TUNING.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from modules.tuning.search import open_search


def main(arguments: Sequence[str]) -> None:
    """Runs trials until the chief has none left."""
    (directory,) = arguments
    open_search(Path(directory)).search()


if __name__ == "__main__":
    main(sys.argv[1:])
