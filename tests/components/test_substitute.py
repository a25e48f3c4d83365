"""A name in a module has another value while a block runs."""

import types

import pytest

from components.substitute import in_place_of


def test_the_value_is_there_for_the_block_alone():
    module = types.SimpleNamespace(name="stock")
    with in_place_of(module, "name", "ours"):
        assert module.name == "ours"
    assert module.name == "stock"


def test_the_stock_value_is_back_after_an_error():
    module = types.SimpleNamespace(name="stock")
    block = in_place_of(module, "name", "ours")
    with pytest.raises(KeyError), block:
        raise KeyError
    assert module.name == "stock"
