"""What a dataclass field may hold, and how that is said."""

import dataclasses
from collections.abc import Mapping
from typing import Literal

import pytest

from modules.common import fields
from modules.common.fields import ONE_OR_MORE, SHARE, Bounds, Kind, bounded

COUNT = Kind(int, ONE_OR_MORE)


@dataclasses.dataclass
class Some:
    share: float = bounded(0.5, SHARE)
    sizes: tuple[int, ...] = bounded((1, 2), ONE_OR_MORE)
    name: str = "a"


def test_a_field_without_bounds_has_only_its_type():
    kinds = fields.kinds(Some)
    assert kinds["share"] == Kind(float, SHARE)
    assert kinds["name"].convert("b") == "b"
    with pytest.raises(ValueError):
        kinds["name"].convert(1)


@pytest.mark.parametrize(
    ("some", "wrong"),
    [
        (Some(), []),
        (Some(share=1), []),
        (Some(share=1.1), ["share"]),
        (Some(sizes=(1, 0)), ["sizes"]),
        (Some(share=float("nan"), sizes=()), ["share"]),
    ],
)
def test_problems_are_the_fields_out_of_bounds(some, wrong):
    assert [name for name, _, _ in fields.problems(some)] == wrong


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (COUNT, "a whole number of at least 1"),
        (Kind(float), "a number"),
        (Kind(float, Bounds(above=0, below=1)), "a number above 0 and below 1"),
        (
            Kind(int | None, ONE_OR_MORE),
            "a whole number of at least 1, or none",
        ),
        (Kind(bool), "true or false"),
        (Kind(str), "a text"),
        (Kind(Literal["a", "b", "c"]), "a, b or c"),
        (Kind(tuple[float, ...]), "numbers, separated by commas"),
    ],
)
def test_a_kind_says_what_is_expected(kind, words):
    assert str(kind) == words


@pytest.mark.parametrize("value", [True, 1.0, "1", 0, None, [1]])
def test_a_count_is_nothing_else(value):
    with pytest.raises(ValueError):
        COUNT.convert(value)


def test_json_s_lists_are_tuples_and_whole_numbers_are_numbers():
    found = Kind(tuple[float, ...]).convert([1, 0.5])
    assert found == (1.0, 0.5)
    assert [type(each) for each in found] == [float, float]


def test_a_mapping_s_values_are_checked():
    kind = Kind(Mapping[str, int], ONE_OR_MORE)
    assert kind.convert({"a": 1}) == {"a": 1}
    with pytest.raises(ValueError):
        kind.convert({"a": 0})
