"""`cifar10 serve-check`: runs the pipeline's ServingCheck by hand.

TensorFlow takes seconds to import, so the model's directory is checked first.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from modules.common import links
from modules.common.console import Console
from modules.export import metadata

if TYPE_CHECKING:
    from components.serving_check.report import CheckReport

UNITS = {
    "single_image_p50_ms": "one image, median, ms",
    "single_image_p99_ms": "one image, 99th percentile, ms",
    "batch_32_images_per_second": "batches of 32, images per second",
}


def run(directory: Path) -> bool:
    """Checks the version in `directory` and prints what was found.

    Returns:
      Whether it may be served.

    Raises:
      UserError: if that is no pushed version.
    """
    metadata.read(directory)
    from components.serving_check.check import check

    report = check(str(links.reachable(directory)))
    screen = Console()
    for line in lines(report):
        screen.print(line, soft_wrap=True)
    return report.blessed


def lines(report: CheckReport) -> list[Text]:
    """The report: passed checks, speed, and problems."""
    told = [Text.assemble(("✓ ", "green"), good) for good in report.passed]
    told += [
        Text(f"{UNITS.get(name, name)}: {value:,.1f}", "dim")
        for name, value in report.figures.items()
    ]
    told += [Text.assemble(("✗ ", "red"), bad) for bad in report.problems]
    count = len(report.problems)
    verdict = f"{count} problem{'s' * (count != 1)}: it must not be served."
    return [*told, Text(verdict if count else "It can be served.", "bold")]
