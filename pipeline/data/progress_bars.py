"""The bars of what takes long before a run: download, extraction, check."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from components.image_example_gen.image_set import OnProgress


def progress_bar(console: Console) -> Progress:
    """The bar for `resolve`: download and image check, gone when done."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


@contextlib.contextmanager
def bar(progress: Progress, label: str) -> Iterator[OnProgress]:
    """A bar on `progress` for as long as the block runs."""
    task = progress.add_task(label, total=None)
    try:
        yield lambda done, total: progress.update(
            task, completed=done, total=total
        )
    finally:
        progress.remove_task(task)
