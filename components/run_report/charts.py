"""Learning curves, to be drawn: lines in the unit square, and their axes.

x runs to the right and y upwards, both from 0 to 1.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence

from modules.training.curves import Curves, Point

_WHOLE_EPOCHS = 12
"""The most epochs whose every number stands on the axis."""

_ROUNDING = 1e-5
_RATE = "learning_rate"
_FIRST, _LAST = "accuracy", _RATE


@dataclasses.dataclass(frozen=True)
class Tick:
    """A number on an axis: where it is, and how it is written."""

    at: float
    label: str


@dataclasses.dataclass(frozen=True)
class Line:
    """A curve.

    Attributes:
      name: whose values: `train` or `holdout`.
      points: x and y of each.
      first: the value that it begins with.
      last: the value that it ends with.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    first: float
    last: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Chart:
    """A metric over the epochs.

    Attributes:
      title: what is drawn.
      log: whether the y axis is logarithmic.
      x: the epochs.
      y: the values.
      lines: one for each set of images.
    """

    title: str
    log: bool
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    lines: tuple[Line, ...]


def charts(curves: Curves) -> list[Chart]:
    """A chart for each metric, the accuracy first and the schedule last."""
    names = dict.fromkeys(
        name for point in curves.train for name in point if name != "epoch"
    )
    ordered = sorted(names, key=lambda name: (name == _LAST, name != _FIRST))
    return [chart for name in ordered if (chart := _chart(name, curves))]


def _chart(metric: str, curves: Curves) -> Chart | None:
    """The chart of one metric, or None if it has no finite value."""
    series = {
        name: values
        for name, points in (
            ("train", curves.train),
            ("holdout", curves.holdout),
        )
        if (values := list(_values(metric, points)))
    }
    found = [value for values in series.values() for _, value in values]
    if not found:
        return None
    epochs = max(epoch for values in series.values() for epoch, _ in values)
    log = metric == "loss" and min(found) > 0 and max(found) > 20 * min(found)
    scale = _Scale.around([0.0, *found] if metric == _RATE else found, log)
    return Chart(
        title=metric.replace("_", " "),
        log=log,
        x=tuple(_epochs(math.ceil(epochs))),
        y=scale.ticks,
        lines=tuple(
            Line(
                name=name,
                points=tuple(
                    (epoch / math.ceil(epochs), scale.at(value))
                    for epoch, value in values
                ),
                first=values[0][1],
                last=values[-1][1],
            )
            for name, values in series.items()
        ),
    )


def _values(
    metric: str, points: Sequence[Point]
) -> Iterator[tuple[float, float]]:
    """Epoch and value of the points that have a finite one."""
    for point in points:
        value = point.get(metric, math.nan)
        if math.isfinite(value):
            yield point["epoch"], value


def _epochs(last: int) -> Iterator[Tick]:
    step = 1 if last <= _WHOLE_EPOCHS else _step(last / 6)
    for epoch in range(0, last + 1, max(1, round(step))):
        yield Tick(epoch / last, str(epoch))


@dataclasses.dataclass(frozen=True)
class _Scale:
    """A y axis from `low` to `high`."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    log: bool

    @classmethod
    def around(cls, values: Sequence[float], log: bool) -> _Scale:
        """One that has all `values` and ends at round numbers."""
        low, high = min(values), max(values)
        if log:
            numbers = _decades(low, high)
        else:
            step = _step((high - low) / 4 or abs(high) / 4 or 1.0)
            # A mean of ones may be 1.0000001.
            first = math.floor(low / step + _ROUNDING)
            last = math.ceil(high / step - _ROUNDING)
            last = max(last, first + 1)
            numbers = [i * step for i in range(first, last + 1)]
        empty = cls(numbers[0], numbers[-1], (), log)
        ticks = tuple(Tick(empty.at(n), f"{n:.3g}") for n in numbers)
        return dataclasses.replace(empty, ticks=ticks)

    def at(self, value: float) -> float:
        """Where a value is, from 0 to 1."""
        if self.log:
            share = math.log(value / self.low)
            return share / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def _step(least: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= least * 0.999)


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten around two positive values."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0**i for i in range(first, max(last, first + 1) + 1)]


def summary(chart: Chart) -> str:
    """A chart in words, for those who do not see it."""
    lines = (
        f"{line.name} from {line.first:.3g} to {line.last:.3g}"
        for line in chart.lines
    )
    return f"{chart.title} by epoch: {', '.join(lines)}."
