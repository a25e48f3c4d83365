"""How many training images of each class the caps have kept."""

from __future__ import annotations

from collections.abc import Mapping


def sentence(counts: Mapping[str, int]) -> str:
    """`counts`, by class name, in one sentence for the console."""
    groups: dict[int, list[str]] = {}
    for name, count in counts.items():
        groups.setdefault(count, []).append(name)
    parts = (
        f"{count:,} {'each ' if len(names) > 1 else ''}of {', '.join(names)}"
        for count, names in sorted(groups.items(), reverse=True)
    )
    return f"{sum(counts.values()):,} training images: {'; '.join(parts)}"
