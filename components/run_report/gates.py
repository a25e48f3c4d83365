"""The gates of a run: thresholds and the values reached.

Pure Python: no TensorFlow. The Evaluators decide; this lists the figures they
decide on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from components.run_report.results import RunResult

_ROUNDING = 1e-9


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gate:
    """A figure that a model must reach.

    Attributes:
      title: of the figure.
      asked: the threshold, formatted.
      reached: the figure, formatted.
      passed: whether it is enough.
    """

    title: str
    asked: str
    reached: str
    passed: bool


def gates(result: RunResult, bounds: Mapping[str, float]) -> list[Gate]:
    """All gates on figures, in the order in which the models are evaluated.

    Args:
      result: what was reached.
      bounds: the fields of `pipeline.configs.GateConfig` by name.
    """
    return list(_gates(result, bounds))


def _gates(result: RunResult, bounds: Mapping[str, float]) -> Iterator[Gate]:
    if "min_psnr" in bounds:
        yield _gate("PSNR", result.psnr, bounds["min_psnr"], ".2f", " dB")
    if "min_ssim" in bounds:
        yield _gate("SSIM", result.ssim, bounds["min_ssim"], ".4f")
    yield _gate("accuracy", result.accuracy, bounds["min_accuracy"], ".4f")
    worst = min(result.classes, key=lambda c: c.recall)
    yield _gate(
        f"recall of every class (lowest: {worst.name})",
        worst.recall,
        bounds["min_recall"],
        ".3f",
    )
    before, drop = result.baseline_accuracy, bounds.get("max_accuracy_drop")
    if before is not None and drop is not None:
        yield _gate(
            f"accuracy against production ({before:.4f})",
            result.accuracy - before,
            -drop,
            "+.4f",
        )


def _gate(
    title: str, reached: float, bound: float, shape: str, unit: str = ""
) -> Gate:
    return Gate(
        title=title,
        asked=f"{bound:{shape}}{unit}",
        reached=f"{reached:{shape}}{unit}",
        passed=reached >= bound - _ROUNDING,
    )
