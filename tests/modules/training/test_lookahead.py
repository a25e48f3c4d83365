"""The running average that the weights are pulled back to.

`tests/modules/test_on_jax.py` has the same on Keras's JAX backend.
"""

import pytest

from tests.support.modules.walk import expected, walk


def test_without_it_the_weights_are_where_they_walked_to():
    assert walk(12, lookahead=False) == pytest.approx([12.0] * 4)


def test_the_model_ends_as_its_average_and_so_do_its_statistics():
    assert walk(12, lookahead=True) == pytest.approx([expected(12)] * 4)
    assert expected(12) < 12
