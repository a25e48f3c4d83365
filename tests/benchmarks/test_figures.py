"""Figures are compared to float32's precision, everything else exactly."""

import pytest

from benchmarks import figures

NAN = float("nan")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (0.9, 0.9 + 1e-7),
        (5.8412551906528165e-08, 5.960464477539063e-08),
        (1e9, 1e9 + 1),
        (NAN, NAN),
        ({"a": [0.5, "x", None]}, {"a": (0.5 + 1e-8, "x", None)}),
        (b"pixels", b"pixels"),
    ],
)
def test_same(first, second):
    assert figures.same(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (0.9, 0.9001),  # One image of 10,000.
        (NAN, 0.5),
        (1, 2),
        (1_000_000_000, 1_000_000_001),  # Counts are exact.
        ("1.0", "1.0000001"),
        (b"pixels", b"pixelt"),
        ({"a": 0.5}, {"b": 0.5}),
        ([0.5], [0.5, 0.5]),
        (None, 0.0),
    ],
)
def test_not_the_same(first, second):
    assert not figures.same(first, second)


def test_what_differs_is_named_with_both_values():
    found = figures.differing(
        {"accuracy": 0.9, "loss": 0.5, "pushed": "a"},
        {"accuracy": 0.9, "loss": 0.6, "version": 1},
    )
    assert found == [
        "loss: 0.5 and 0.6",
        "pushed: 'a' and None",
        "version: None and 1",
    ]
