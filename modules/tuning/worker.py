"""A worker of a parallel search: `python -m modules.tuning.worker DIR`.

DIR is the search's directory, which the chief has made and the worker sees at
the same path, as it sees the data. KerasTuner's environment variables say who
is who; docs/TUNING.md has them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from modules.tuning.search import open_search


def main(arguments: Sequence[str]) -> None:
    """Runs trials until the chief has no more."""
    (directory,) = arguments
    open_search(Path(directory)).search()


if __name__ == "__main__":
    main(sys.argv[1:])
