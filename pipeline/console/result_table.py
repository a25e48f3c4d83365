"""The result table at the end of a run, at most 80 columns wide."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from components.run_report.results import ClassResult, RunResult
from pipeline.console.columns import Column, Columns

_SAMPLE = "SAMPLE DATA, drawn by code: these figures are not about photographs"
_NOTHING = "-"
_REASONS = 10
"""That are printed; of many classes, many may miss their gate."""
_CAPPED = "* a class with more training images than its cap"


def render(result: RunResult) -> RenderableType:
    """The result for the console: plain text if it is not a terminal.

    Equal results give equal tables; only the line below, with the model's path,
    differs from run to run.
    """
    return Group(*_parts(result))


def _parts(result: RunResult) -> Iterator[RenderableType]:
    if result.sample:
        yield Text(f" {_SAMPLE} ", style="bold black on yellow")
        yield ""
    yield Text(
        f"{result.model_name} on {result.test_images:,} test images",
        style="bold",
    )
    yield _summary(result)
    yield ""
    yield _classes(result)
    yield ""
    yield verdict(result)


def _summary(result: RunResult) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    table.add_row("accuracy", _accuracy(result))
    table.add_row("top-2 accuracy", f"{result.top_2_accuracy:.4f}")
    table.add_row(
        "mean of classes",
        f"precision {result.macro_precision:.4f}, "
        f"recall {result.macro_recall:.4f}, F1 {result.macro_f1:.4f}",
    )
    if result.capped_recall is not None and result.uncapped_recall is not None:
        table.add_row(
            "recall",
            f"capped classes {result.capped_recall:.4f}, "
            f"others {result.uncapped_recall:.4f}",
        )
    table.add_row(
        "calibration",
        f"ECE {result.ece:.4f}, temperature {result.temperature:.2f}",
    )
    table.add_row(
        "reconstruction",
        f"PSNR {result.psnr:.2f} dB, SSIM {result.ssim:.4f} "
        f"({result.ssim_range_2:.4f} with data range 2)",
    )
    return table


def _accuracy(result: RunResult) -> Text:
    text = Text(f"{result.accuracy:.4f}", style="bold")
    if (before := result.baseline_accuracy) is not None:
        change = result.accuracy - before
        text.append(
            f"  {change:+.4f} against {before:.4f} in production",
            style="not bold",
        )
    return text


_COLUMNS = (
    Column("class"),
    Column("recall", 0, "right"),
    Column("precision", 1, "right"),
    Column("AUC", 3, "right"),
    Column("PSNR", 5, "right"),
    Column("SSIM", 4, "right"),
    Column("confused with", 2),
)


def _classes(result: RunResult) -> Columns:
    return Columns(
        _COLUMNS,
        [
            (
                f"{c.name} *" if c.capped else c.name,
                f"{c.recall:.3f}",
                f"{c.precision:.3f}",
                f"{c.auc:.4f}",
                f"{c.psnr:.2f}",
                f"{c.ssim:.3f}",
                _mistake(c, result),
            )
            for c in (result.classes[label] for label in result.shown)
        ],
        caption=_caption(result),
    )


def _caption(result: RunResult) -> str:
    shown = [result.classes[label] for label in result.shown]
    notes = [_CAPPED] if any(c.capped for c in shown) else []
    if (classes := len(result.classes)) > len(shown):
        notes.append(
            f"the {len(shown)} classes with the lowest recall, of {classes}; "
            "the report has all"
        )
    return "\n".join(notes)


def _mistake(c: ClassResult, result: RunResult) -> str:
    """The class that it is most often confused with, and how often."""
    if (mistake := result.main_mistake(c)) is None:
        return _NOTHING
    name, share = mistake
    return f"{name} {share:.1%}"


def verdict(result: RunResult) -> RenderableType:
    """Whether the model was pushed, and to where or why not."""
    if result.pushed_to:
        text = Text("Blessed and pushed", style="bold green")
        return text.append(f" to {result.pushed_to}", style="not bold default")
    reasons = Table.grid(padding=(0, 1))
    for reason in result.reasons[:_REASONS]:
        reasons.add_row(" -", reason)
    if (more := len(result.reasons) - _REASONS) > 0:
        reasons.add_row(" -", f"and {more} more, in the report")
    return Group(Text("Not pushed:", style="bold red"), reasons)
