"""What goes into README: a table of the seeds, and the preset's figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from ablation import means
from ablation.store import Outcome
from pipeline.configs import RunConfig


@dataclasses.dataclass(frozen=True)
class Measured:
    """One seed's training.

    Attributes:
      outcome: as the ablation keeps it.
      images_per_second: of the classifier's training, once it is compiled.
    """

    outcome: Outcome
    images_per_second: float


# Title, value, and how it is written.
COLUMNS: tuple[tuple[str, Callable[[Measured], float], str], ...] = (
    ("accuracy", lambda found: found.outcome.accuracy or 0.0, ".4f"),
    ("capped recall", lambda found: found.outcome.capped_recall or 0.0, ".4f"),
    ("other recall", lambda found: found.outcome.uncapped_recall or 0.0, ".4f"),
    ("PSNR, dB", lambda found: found.outcome.psnr or 0.0, ".2f"),
    ("images/s", lambda found: found.images_per_second, ",.0f"),
    ("minutes", lambda found: found.outcome.seconds / 60, ".1f"),
)


def table(found: Sequence[Measured]) -> list[str]:
    """Markdown: a line each seed, and their means with standard deviations."""
    lines = [
        f"| seed | {' | '.join(title for title, _, _ in COLUMNS)} |",
        "|" + "---|" * (1 + len(COLUMNS)),
    ]
    for each in found:
        values = (format(of(each), shape) for _, of, shape in COLUMNS)
        lines.append(f"| {each.outcome.seed} | {' | '.join(values)} |")
    if len(found) > 1:
        values = (_mean(found, of, shape) for _, of, shape in COLUMNS)
        lines.append(f"| mean ± sd | {' | '.join(values)} |")
    return lines


def line(config: RunConfig, device: str, found: Sequence[Measured]) -> str:
    """The preset's figures for README's table of measured results."""
    accuracy, *_, rate, minutes = (
        _mean(found, of, shape) for _, of, shape in COLUMNS
    )
    return (
        f"`{config.preset}`: {config.classifier.epochs:g} epochs, accuracy "
        f"{accuracy}, {minutes} min of training, {rate} images/s, on {device}"
    )


def _mean(
    found: Sequence[Measured], of: Callable[[Measured], float], shape: str
) -> str:
    mean = means.mean([of(each) for each in found])
    spread = "" if mean.sd is None else f" ± {mean.sd:{shape}}"
    return f"{mean.value:{shape}}{spread}"
