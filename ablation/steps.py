"""The table of a study of steps: what each pays for its time. Markdown.

Every system of such a study is its baseline with one change, and is scored
under every test-time augmentation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ablation import table
from ablation.budget import epoch
from ablation.store import Outcome
from ablation.studies.catalogue import SYSTEMS
from ablation.table import Row
from modules.hparams import TestTimeAugmentation

VIEWS: tuple[TestTimeAugmentation, ...] = ("none", "flip", "flip_translate")
RESOLUTION = 0.05
"""Trainings whose times differ by less than this share take the same time."""

_LEGEND = (
    "Seconds are those of the classifier's training. *Gain* is in points of "
    "accuracy over the step that is named, under the test-time augmentation of "
    "both; *per 100 s* divides it by the extra seconds, or by those saved. "
    f"Times within {RESOLUTION:.0%} count as the same."
)


def markdown(outcomes: Sequence[Outcome]) -> str:
    """One line for each step that was run."""
    rows = table.rows(outcomes, 1.0)
    seconds = {row.system.name: _seconds(row) for row in rows}
    lines = table.head(
        "step", "n", "seconds", "images/s", *VIEWS,
        "over", "gain", "extra seconds", "per 100 s",
    )  # fmt: skip
    lines += [_step(row, seconds) for row in rows]
    return "\n".join([*lines, "", _LEGEND]) + "\n"


def _step(row: Row, seconds: dict[str, float]) -> str:
    own, baseline = _seconds(row), row.system.baseline
    over = [baseline or table.NONE, *[table.NONE] * 3]
    if baseline in seconds and row.over_baseline is not None:
        gain, extra = row.over_baseline, own - seconds[baseline]
        over[1:] = [
            table.difference(gain, scale=100, digits=2),
            f"{extra:+.0f}",
            price(100 * gain.value, extra, seconds[baseline]),
        ]
    return table.line(
        f"{row.system.title} (`{row.system.name}`)",
        str(len(row.outcomes)),
        f"{own:.0f}",
        f"{row.mean(images_per_second).value:,.0f}",
        *(f"{row.mean(_under(view)).value:.4f}" for view in VIEWS),
        *over,
    )


def _under(view: TestTimeAugmentation) -> Callable[[Outcome], float | None]:
    return lambda outcome: (outcome.by_views or {}).get(view)


def _seconds(row: Row) -> float:
    return row.mean(lambda outcome: outcome.classifier_seconds).value


def price(points: float, extra: float, before: float) -> str:
    """The gain per hundred seconds, in words where that has no meaning.

    Args:
      points: the gain in accuracy, percentage points.
      extra: the seconds that the step takes longer; below zero, saves.
      before: the seconds without the step.
    """
    if abs(extra) < RESOLUTION * before:
        return "same time"
    each = points / abs(extra) * 100
    return f"{each:+.2f}" if extra > 0 else f"{each:+.2f} saved"


def images_per_second(outcome: Outcome) -> float:
    """The training's throughput, in images of whole batches."""
    params = SYSTEMS[outcome.system].classifier
    assert params is not None
    of = epoch(outcome.labelled, params.batch_size, operations=1)
    images = outcome.classifier_epochs * of.steps * of.step_operations
    return images / outcome.classifier_seconds
