"""Sentences about a comparison, for the console and the HTML page."""

from __future__ import annotations

from pipeline.history.compare import Comparison, MetricRow

UNKNOWN = "-"


def notable(found: Comparison) -> str:
    """The classes whose recall is shown to differ, in a sentence."""
    if not found.notable:
        return "No class is shown to differ in recall."
    names = ", ".join(row.title for row in found.notable)
    return f"Shown to differ in recall: {names}."


def change(row: MetricRow) -> str:
    """A metric's change with the margin of its 95 % interval, where known."""
    if row.change is None:
        return UNKNOWN
    if row.difference is None:
        return f"{row.change:+{row.shape}}"
    return (
        f"{row.difference.value:+{row.shape}} ± "
        f"{row.difference.margin:{row.shape}}"
    )
