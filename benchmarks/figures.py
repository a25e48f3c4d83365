"""When two evaluations of the same model are the same.

Beam's `BatchElements` chooses the sizes of the batches by the time that they
take (`GetBatchElementsKwargs`, tfx_bsl/coders/batch_util.py, 1.21), and the
matrix products of some processors depend in their last bits on how many rows a
batch has: on one with AVX2 alone, a probability by up to 3e-8. So figures are
compared to what float32 can say, and everything else exactly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

TOLERANCE = 1e-6
"""Relative and absolute; an accuracy over 10,000 images changes by 1e-4."""


def same(first: Any, second: Any) -> bool:
    """Whether JSON-compatible values are the same; floats within `TOLERANCE`.

    A NaN is a figure that is not defined in a slice, and the same as another.
    """
    if isinstance(first, float) and isinstance(second, float):
        if math.isnan(first) or math.isnan(second):
            return math.isnan(first) and math.isnan(second)
        return math.isclose(first, second, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(
            same(value, second[key]) for key, value in first.items()
        )
    if _is_list(first) and _is_list(second):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


def differing(first: Mapping[Any, Any], second: Mapping[Any, Any]) -> list[str]:
    """The names whose values are not the same, a line each, with both."""
    return [
        f"{name}: {first.get(name)!r:.80} and {second.get(name)!r:.80}"
        for name in sorted(first.keys() | second.keys(), key=str)
        if not same(first.get(name), second.get(name))
    ]


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
