"""The numbers of images that the class caps kept, for the console."""

from __future__ import annotations

from collections.abc import Mapping

from modules.common.fields import some_of

MOST = 12
"""Lines with a count."""


def lines(counts: Mapping[str, int]) -> list[str]:
    """The training images by class name, one line for each distinct count.

    Of many classes, a line names some, and of many counts there is one line.
    """
    groups: dict[int, list[str]] = {}
    for name, count in counts.items():
        groups.setdefault(count, []).append(name)
    total = f"{sum(counts.values()):,} training images kept by the class caps"
    if len(groups) > MOST:
        low, high = min(groups), max(groups)
        return [total, f"  {len(counts)} classes: {low:,} to {high:,} each"]
    return [
        total,
        *(
            f"  {some_of(names)}: {count:,}{' each' if names[1:] else ''}"
            for count, names in sorted(groups.items(), reverse=True)
        ),
    ]
