"""The ablation as a plot: accuracy by system, and by fraction of labels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ablation import table
from ablation.store import Outcome
from ablation.table import Row
from modules.common import atomic

_COLOURS = {
    "whitening": "tab:blue",
    "bottleneck": "tab:orange",
    "stacked": "tab:green",
}
_IMAGE_COLOUR = "tab:gray"


def save(outcomes: Sequence[Outcome], path: Path, split: str) -> None:
    """Writes a PNG; error bars are standard deviations over seeds.

    The left part has every classifier at the largest fraction of the labels,
    the right part those that were run at several. `split` is the evaluation
    split.
    """
    largest = table.shares(outcomes)[0]
    found = [row for row in table.rows(outcomes, largest) if _classifies(row)]
    if not found:
        return
    several = _by_share(outcomes)
    figure = Figure(figsize=(12, 2.4 + 0.33 * len(found)), layout="constrained")
    FigureCanvasAgg(figure)
    widths = [3, 2] if several else [1]
    axes = figure.subplots(1, len(widths), width_ratios=widths, squeeze=False)
    _systems(axes[0, 0], found)
    seeds = max(len(row.outcomes) for row in found)
    axes[0, 0].set_title(
        f"{split.capitalize()} accuracy, {largest:.0%} of the labels, "
        f"n = {seeds}"
    )
    if several:
        _shares(axes[0, 1], several)
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=150)
    atomic.write_bytes(path, image.getvalue())


def _classifies(row: Row) -> bool:
    return row.system.classifier is not None


def _systems(axes: Any, found: Sequence[Row]) -> None:
    """One point per system, the table's first on top."""
    for position, row in enumerate(reversed(found)):
        mean = row.mean(lambda outcome: outcome.accuracy)
        axes.errorbar(
            mean.value,
            position,
            xerr=mean.sd,
            fmt="o",
            capsize=3,
            color=_colour(row),
        )
    axes.set_yticks(
        range(len(found)), [row.system.title for row in reversed(found)]
    )
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(axis="x", alpha=0.3)


def _shares(axes: Any, several: dict[str, list[Row]]) -> None:
    """A line per system over the fraction of the labels, logarithmic."""
    for rows in several.values():
        means = [row.mean(lambda outcome: outcome.accuracy) for row in rows]
        axes.errorbar(
            [row.outcomes[0].labels for row in rows],
            [mean.value for mean in means],
            yerr=[mean.sd or 0 for mean in means],
            marker="o",
            capsize=3,
            label=rows[0].system.title,
        )
    axes.set_xscale("log")
    ticks = sorted(
        {r.outcomes[0].labels for rows in several.values() for r in rows}
    )
    axes.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.grid(alpha=0.3)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1))
    axes.set_title("By fraction of the labels")


def _colour(row: Row) -> str:
    classifier = row.system.classifier
    if classifier is not None and classifier.encoder == "image":
        return _IMAGE_COLOUR
    return _COLOURS[row.system.autoencoder.architecture]


def _by_share(outcomes: Sequence[Outcome]) -> dict[str, list[Row]]:
    """The rows of each system that was run at several fractions."""
    found: dict[str, list[Row]] = {}
    for labels in table.shares(outcomes):
        for row in filter(_classifies, table.rows(outcomes, labels)):
            found.setdefault(row.system.name, []).append(row)
    return {name: rows for name, rows in found.items() if len(rows) > 1}
