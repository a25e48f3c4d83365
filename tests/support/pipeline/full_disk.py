"""A run in a root that is too small, on a disk of its own.

    unshare --mount python -m tests.support.pipeline.full_disk DIRECTORY

The disk holds the log too, and is full while Beam's worker fails. What a user
would see is printed, then what is left in the root.
"""

import subprocess
import sys
from pathlib import Path

from pipeline import beam
from pipeline.console import redirect, text
from pipeline.console.plain import PlainLines
from pipeline.paths import claim
from pipeline.runner.local_runner import LocalRunner
from pipeline.runner.observer import NodeFailed
from tests.support.pipeline import fakes

MEGABYTES = 8


def main(directory: Path) -> None:
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", directory],
        check=True,
    )
    with redirect.terminal() as screen, claim(directory / "root") as paths:
        for megabytes in (1, 2 * MEGABYTES, 1):
            dag = fakes.beam_pipeline(
                paths,
                size=megabytes << 20,
                beam_arguments=beam.LOCAL.arguments(),
            )
            try:
                with redirect.output_to(paths.root / "log"):
                    LocalRunner(PlainLines(screen)).run(dag)
            except NodeFailed as failure:
                why = text.reason(failure.__cause__ or failure)
                screen.print(f"{failure}: {why}", soft_wrap=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
