"""Triangular: the one-cycle schedule."""

import numpy as np
import pytest

from modules.layers import Triangular


def test_triangular_starts_peaks_and_ends_where_it_says():
    schedule = Triangular(2.0, 100, warmup=0.25, start=0.5, end=0.1)
    rates = [float(schedule(step)) for step in (0, 25, 100, 1000)]
    np.testing.assert_allclose(rates, [1.0, 2.0, 0.2, 0.2], rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"warmup": 1.0}, "warmup"), ({"total_steps": 0}, "total_steps")],
)
def test_triangular_refuses_what_it_cannot_draw(arguments, message):
    with pytest.raises(ValueError, match=message):
        Triangular(**{"peak": 1.0, "total_steps": 10, **arguments})
