"""The numbers of images that the class caps kept, for the console."""

from __future__ import annotations

from collections.abc import Mapping


def lines(counts: Mapping[str, int]) -> list[str]:
    """The training images by class name, one line for each distinct count."""
    groups: dict[int, list[str]] = {}
    for name, count in counts.items():
        groups.setdefault(count, []).append(name)
    return [
        f"{sum(counts.values()):,} training images kept by the class caps",
        *(
            f"  {', '.join(names)}: {count:,}{' each' if names[1:] else ''}"
            for count, names in sorted(groups.items(), reverse=True)
        ),
    ]
