"""Learning curves as lines in the unit square."""

import math

import pytest

from components.run_report import charts
from modules.training.curves import Curves
from tests.support.components import made

AUTOENCODER, CLASSIFIER = made.CURVES


def by_title(curves):
    return {chart.title: chart for chart in charts.charts(curves)}


def test_the_accuracy_comes_first_and_the_schedule_last():
    assert list(by_title(CLASSIFIER)) == ["accuracy", "loss", "learning rate"]


def test_a_holdout_is_a_second_line_where_there_is_one():
    accuracy = by_title(CLASSIFIER)["accuracy"]
    assert [line.name for line in accuracy.lines] == ["train", "holdout"]
    assert accuracy.lines[1].last == CLASSIFIER.holdout[-1]["accuracy"]
    assert [line.name for line in by_title(AUTOENCODER)["loss"].lines] == [
        "train"
    ]


@pytest.mark.parametrize("curves", made.CURVES)
def test_everything_is_in_the_unit_square(curves):
    for chart in charts.charts(curves):
        for line in chart.lines:
            assert all(0 <= v <= 1 for point in line.points for v in point)
        for axis in (chart.x, chart.y):
            ticks = [tick.at for tick in axis]
            assert ticks == sorted(ticks)
            assert 0 <= ticks[0] < ticks[-1] <= 1
        assert chart.y[0].at == 0
        assert chart.y[-1].at == pytest.approx(1)


def test_a_value_is_where_the_axis_says():
    points = tuple({"epoch": float(i), "accuracy": i / 10} for i in (2, 4, 8))
    (chart,) = charts.charts(Curves(stage="s", train=points))
    (line,) = chart.lines
    low, high = (float(chart.y[i].label) for i in (0, -1))
    for (x, y), point in zip(line.points, points, strict=True):
        assert x == pytest.approx(point["epoch"] / 8)
        assert low + y * (high - low) == pytest.approx(point["accuracy"])


def test_a_loss_over_decades_is_logarithmic():
    chart = by_title(AUTOENCODER)["loss"]
    assert chart.log
    assert [tick.label for tick in chart.y] == [
        *("0.001", "0.01", "0.1", "1"),
    ]
    gaps = [b.at - a.at for a, b in zip(chart.y, chart.y[1:], strict=False)]
    assert gaps == pytest.approx([1 / 3] * 3)


def test_values_that_are_not_finite_are_left_out():
    points = tuple(
        {"epoch": float(i), "loss": loss}
        for i, loss in enumerate((2.0, math.nan, math.inf, 1.0))
    )
    (chart,) = charts.charts(Curves(stage="s", train=points))
    assert len(chart.lines[0].points) == 2
    lost = tuple({"epoch": 1.0, "loss": math.nan} for _ in range(2))
    assert charts.charts(Curves(stage="s", train=lost)) == []
    assert charts.charts(Curves(stage="s", train=())) == []


def test_rounding_adds_no_room_to_an_axis():
    points = tuple(
        {"epoch": float(i), "accuracy": accuracy}
        for i, accuracy in enumerate((-1e-8, 0.5, 1.0000001))
    )
    (chart,) = charts.charts(Curves(stage="s", train=points))
    assert (chart.y[0].label, chart.y[-1].label) == ("0", "1")


def test_a_constant_has_an_axis_too():
    points = tuple({"epoch": float(i), "loss": 0.0} for i in (1, 2))
    (chart,) = charts.charts(Curves(stage="s", train=points))
    assert {y for _, y in chart.lines[0].points} == {0.0}


def test_a_chart_is_said_in_words():
    words = charts.summary(by_title(CLASSIFIER)["accuracy"])
    assert words.startswith("accuracy by epoch: train from 0.35 to 0.87")
    assert "holdout from" in words
