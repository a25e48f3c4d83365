"""Hypothesis strategies: JSON files as somebody may have edited them."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

ODD_TEXT = (
    "",
    "[/x]",
    "\x00",
    "\x1b[2J",
    "\ud800",
    "../../..",
    "a\nb",
    "9" * 5000,
)
ODD_NUMBERS = (-1, 0, 2**63, 10**400, float("nan"), float("inf"), -0.0, 1e300)
ODD_FILES = (
    "",
    "{",
    "[]",
    "null",
    '"x"',
    "\x00",
    "[" * 3000,
    '{"a":' * 3000,
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(ODD_TEXT),
    st.text(max_size=5),
    st.sampled_from(ODD_NUMBERS),
    st.integers(),
    st.floats(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=4,
)


@st.composite
def edited(draw: st.DrawFn, document: dict[str, Any]) -> str:
    """The text of `document` with a few of its values changed or removed."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        _edit(draw, changed)
    return json.dumps(changed)


def files(document: dict[str, Any]) -> st.SearchStrategy[str]:
    """Edited documents, and now and then a file that is none."""
    torn = st.integers(0, 200).map(lambda n: json.dumps(document)[:n])
    return st.one_of(edited(document), st.sampled_from(ODD_FILES), torn)


def _edit(draw: st.DrawFn, document: dict[str, Any]) -> None:
    """Changes one value, at any depth."""
    container: Any = document
    while container:
        keys = (
            sorted(container)
            if isinstance(container, dict)
            else list(range(min(len(container), 3)))
        )
        key = draw(st.sampled_from(keys))
        inner = container[key]
        if isinstance(inner, dict | list) and inner and draw(st.booleans()):
            container = inner
            continue
        if draw(st.integers(0, 3)):
            container[key] = draw(values)
        else:
            del container[key]
        return
