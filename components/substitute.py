"""Another value under a name that TFX's modules have imported."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def in_place_of(module: Any, name: str, value: Any) -> Iterator[None]:
    """Has `module` use `value` under a name that it imported."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)
