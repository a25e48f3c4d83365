"""`cifar10 runs`, `report` and `compare`: the results of earlier runs.

What reads and compares records is imported when it is needed.
"""

from __future__ import annotations

import json
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from cli import options
from modules.common.console import Console
from modules.common.errors import UserError
from modules.common.home import expanded
from pipeline.paths import Paths

_LATEST = "latest"
_RUN = "A run's name or a prefix of it, 'latest', or a record's path."

Run = Annotated[str, typer.Argument(metavar="RUN", help=_RUN)]


def runs(
    root: options.Root = options.ROOT, as_json: options.AsJson = False
) -> int:
    """List the runs of a root with their results, the newest first."""
    from pipeline.console import runs_table
    from pipeline.history import store

    paths = Paths.under(root)
    found = store.read(paths)
    for problem in found.problems:
        print(f"skipped: {problem}", file=sys.stderr)
    if as_json:
        for record in found.records:
            print(json.dumps(runs_table.summary(record)))
        return 0
    if not (found.records or found.unfinished):
        raise UserError(
            f"there are no runs in {paths.root}; run the pipeline, or name "
            "another root with --root."
        )
    Console().print(runs_table.runs(found.records, found.unfinished))
    return 0


def report(
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help=_RUN, show_default=True)
    ] = _LATEST,
    root: options.Root = options.ROOT,
    open_it: Annotated[
        bool, typer.Option("--open", help="Open it in the web browser.")
    ] = False,
) -> int:
    """Print the path of a run's report, or open it."""
    from pipeline.history import store

    paths = Paths.under(root)
    page = store.report(paths, store.find(paths, run).run)
    print(page)
    if open_it and not webbrowser.open(page.as_uri()):
        raise UserError(f"found no web browser; open {page} yourself.")
    return 0


def compare(
    first: Run,
    second: Run,
    root: options.Root = options.ROOT,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write it as an HTML page."),
    ] = None,
) -> int:
    """Compare two runs: metrics with uncertainty, and settings.

    If both runs were evaluated on the same images, differences are tested image
    by image (McNemar's test). The result is about these two models only: other
    seeds give other models.
    """
    from pipeline.console import runs_table
    from pipeline.history import compare as comparing
    from pipeline.history import page, store

    paths = Paths.under(root)
    found = comparing.compare(
        store.find(paths, first), store.find(paths, second)
    )
    console = Console()
    for part in runs_table.comparison(found):
        console.print(part)
    if html is not None:
        page.write(found, expanded(html))
        console.print(f"\nwritten to {html}", soft_wrap=True)
    return 0
