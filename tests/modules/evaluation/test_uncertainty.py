"""Intervals and tests, against scipy and against simulation."""

import numpy as np
import pytest
from scipy import stats

from modules.evaluation import uncertainty


@pytest.mark.parametrize(("hits", "count"), [(0, 20), (7, 20), (893, 1000)])
def test_the_interval_of_a_share_is_wilsons(hits, count):
    expected = stats.binomtest(hits, count).proportion_ci(method="wilson")
    found = uncertainty.wilson(hits / count, count)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_share_of_nothing_is_anything():
    assert uncertainty.wilson(0.0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (5, 5), (40, 21)])
def test_mcnemar_is_the_exact_test_of_discordant_images(gained, lost):
    both = np.ones(100, bool)
    first = np.concatenate([both, np.zeros(gained, bool), np.ones(lost, bool)])
    second = np.concatenate([both, np.ones(gained, bool), np.zeros(lost, bool)])
    found = uncertainty.mcnemar(first, second)
    discordant = gained + lost
    expected = stats.binomtest(gained, discordant).pvalue if discordant else 1
    assert found.p_value == pytest.approx(expected)
    assert found.value == pytest.approx((gained - lost) / len(first))
    assert found.paired


@pytest.mark.parametrize(
    ("gained", "shown"), [(0, "1"), (5, "0.062"), (2_000, "<0.0001")]
)
def test_a_tiny_p_value_is_not_shown_as_zero(gained, shown):
    first = np.zeros(2_000, bool)
    second = np.arange(2_000) < gained
    assert uncertainty.mcnemar(first, second).p_text == shown


def test_the_same_images_show_what_two_shares_do_not():
    rng = np.random.default_rng(0)
    first = rng.random(10_000) < 0.9
    second = first.copy()
    second[np.flatnonzero(~first)[:60]] = True  # Better, and never worse.
    shares = first.mean(), 10_000, second.mean(), 10_000
    assert uncertainty.mcnemar(first, second).shown()
    assert not uncertainty.unpaired(*shares).shown()


def test_intervals_hold_the_truth_nineteen_times_in_twenty():
    rng = np.random.default_rng(1)
    labels = np.arange(600) % 3
    held = {"mcnemar": 0, "macro": 0, "unpaired": 0}
    for _ in range(400):
        first = rng.random(600) < 0.80
        second = np.where(rng.random(600) < 0.5, first, rng.random(600) < 0.90)
        found = {
            "mcnemar": uncertainty.mcnemar(first, second),
            "macro": uncertainty.macro(first, second, labels),
            "unpaired": uncertainty.unpaired(
                (rng.random(600) < 0.80).mean(),
                600,
                (rng.random(600) < 0.85).mean(),
                600,
            ),
        }
        for name, difference in found.items():
            held[name] += abs(difference.value - 0.05) <= difference.margin
    assert all(0.92 < count / 400 < 0.98 for count in held.values()), held


def test_many_comparisons_ask_for_more():
    first = np.arange(300) < 200
    second = (np.arange(300) < 200) | (np.arange(300) >= 293)
    found = uncertainty.mcnemar(first, second)
    assert found.shown()
    assert not found.shown(comparisons=10)
