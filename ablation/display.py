"""The ablation's progress: one bar over all its operations."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from ablation.budget import TERA, Plan
from ablation.store import Outcome
from modules.common import progress as progress_lib

_STAGES = ("autoencoder", "classifier")


class Bar(logging.Handler):
    """Follows the Trainers' progress reports, run by run.

    Args:
      progress: rich's display.
      total: floating-point operations of all runs to be done.
    """

    def __init__(self, progress: Progress, total: int) -> None:
        super().__init__()
        self._progress = progress
        self._bar = progress.add_task("", total=total / TERA)
        self._finished = 0
        self._plan = Plan(
            autoencoder_epochs=0,
            classifier_epochs=0,
            autoencoder_operations=0,
            classifier_operations=0,
        )

    def start(self, title: str, plan: Plan) -> None:
        """Begins a run."""
        self._plan = plan
        self._progress.update(self._bar, description=title)

    def finish(self) -> None:
        """Completes the run, including what was not reported."""
        self._finished += self._plan.operations
        self._show(0)

    def emit(self, record: logging.LogRecord) -> None:
        progress = getattr(record, "progress", None)
        if not isinstance(progress, progress_lib.Progress):
            return
        if progress.stage not in _STAGES:
            return
        plan, share = self._plan, progress.done / progress.total
        if progress.stage == "autoencoder":
            self._show(int(share * plan.autoencoder_operations))
        else:
            part = int(share * plan.classifier_operations)
            self._show(plan.autoencoder_operations + part)

    def _show(self, operations: int) -> None:
        done = (self._finished + operations) / TERA
        self._progress.update(self._bar, completed=done)


@contextlib.contextmanager
def open_bar(console: Console, total: int) -> Iterator[Bar]:
    """A progress bar on a terminal; nothing is drawn without one."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not console.is_interactive,
    ) as progress:
        bar = Bar(progress, total)
        progress_lib.LOGGER.addHandler(bar)
        progress_lib.LOGGER.setLevel(logging.INFO)
        try:
            yield bar
        finally:
            progress_lib.LOGGER.removeHandler(bar)


def line(outcome: Outcome) -> str:
    """A finished run, for the console."""
    if outcome.accuracy is not None:
        result = f"accuracy {outcome.accuracy:.4f}"
    else:
        result = f"PSNR {outcome.psnr:.2f} dB, SSIM {outcome.ssim:.4f}"
    return (
        f"{outcome.system}, {outcome.labels:.0%} of the labels, seed "
        f"{outcome.seed}: {result}, {outcome.operations / TERA:.3g} TFLOP, "
        f"{outcome.seconds:.0f} s"
    )
