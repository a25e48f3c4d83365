"""The ablation's table: Markdown, from the outcomes alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from ablation import means
from ablation.budget import TERA
from ablation.means import Difference, Mean
from ablation.store import Outcome
from ablation.studies.catalogue import SYSTEMS
from ablation.systems import System
from modules.hparams import AutoencoderParams

NONE = "-"


@dataclasses.dataclass(frozen=True)
class Row:
    """A system at one fraction of the labels, over seeds.

    Attributes:
      system: which.
      outcomes: one a seed.
      over_baseline: accuracy above the same network without pre-training.
      over_image: accuracy above the CNN on the image.
    """

    system: System
    outcomes: tuple[Outcome, ...]
    over_baseline: Difference | None
    over_image: Difference | None

    def mean(self, value: Callable[[Outcome], float | None]) -> Mean:
        """The mean of a field over the row's outcomes."""
        found = [value(outcome) for outcome in self.outcomes]
        return means.mean([v for v in found if v is not None])


def rows(outcomes: Sequence[Outcome], labels: float) -> list[Row]:
    """The systems that were run at a fraction of the labels, in table order."""
    by_system: dict[str, dict[int, Outcome]] = {}
    for outcome in outcomes:
        if outcome.labels == labels:
            by_system.setdefault(outcome.system, {})[outcome.seed] = outcome

    def accuracies(name: str | None) -> dict[int, float]:
        return {
            seed: outcome.accuracy
            for seed, outcome in by_system.get(name or "", {}).items()
            if outcome.accuracy is not None
        }

    def above(name: str, other: str | None) -> Difference | None:
        if name == other:
            return None
        return means.paired(accuracies(name), accuracies(other))

    image = next(filter(_on_image, by_system), None)
    return [
        Row(
            system,
            tuple(by_system[name].values()),
            above(name, system.baseline),
            above(name, image),
        )
        for name, system in SYSTEMS.items()
        if name in by_system
    ]


def _on_image(name: str) -> bool:
    """Whether a system's classifier has the image in place of node 2."""
    params = SYSTEMS[name].classifier
    return params is not None and params.encoder == "image"


def shares(outcomes: Sequence[Outcome]) -> list[float]:
    """The fractions of the labels that occur, the largest first."""
    return sorted({outcome.labels for outcome in outcomes}, reverse=True)


def markdown(outcomes: Sequence[Outcome], against: str) -> str:
    """A table of the classifiers for each fraction, and one of autoencoders.

    Args:
      outcomes: of all runs.
      against: what the systems' baselines are.
    """
    parts = []
    for labels in shares(outcomes):
        found = [
            row
            for row in rows(outcomes, labels)
            if row.system.classifier is not None
        ]
        if found:
            labelled = found[0].outcomes[0].labelled
            title = f"### {labels:.0%} of the labels ({labelled:,} images)"
            parts += [title, "", *_classifiers(found, against), ""]
    autoencoders = [
        row
        for row in rows(outcomes, shares(outcomes)[0])
        if any(outcome.psnr is not None for outcome in row.outcomes)
    ]
    if autoencoders:
        parts += ["### Autoencoders", "", *_autoencoders(autoencoders), ""]
    return "\n".join(parts).rstrip() + "\n"


def _classifiers(found: Sequence[Row], against: str) -> list[str]:
    with_image = any(row.over_image for row in found)
    lines = head(
        "system", "accuracy", "n", "capped recall", "other recall", "gap",
        f"over {against}", *(["over the image"] if with_image else []),
        "epochs", "TFLOP", "seconds",
    )  # fmt: skip
    for row in found:
        first = row.outcomes[0]
        lines.append(
            line(
                row.system.title,
                _mean(row.mean(lambda o: o.accuracy)),
                str(len(row.outcomes)),
                f"{row.mean(lambda o: o.capped_recall).value:.3f}",
                f"{row.mean(lambda o: o.uncapped_recall).value:.3f}",
                f"{row.mean(_gap).value:.3f}",
                difference(row.over_baseline),
                *([difference(row.over_image)] if with_image else []),
                " + ".join(
                    f"{epochs:.3g}"
                    for epochs in (
                        first.autoencoder_epochs,
                        first.classifier_epochs,
                    )
                ),
                f"{row.mean(lambda o: o.operations).value / TERA:.3g}",
                f"{row.mean(lambda o: o.seconds).value:.0f}",
            )
        )
    return lines


def _gap(outcome: Outcome) -> float | None:
    """The gap between the other and the capped classes' recall."""
    if outcome.capped_recall is None or outcome.uncapped_recall is None:
        return None
    return outcome.uncapped_recall - outcome.capped_recall


def _autoencoders(found: Sequence[Row]) -> list[str]:
    """One line for each autoencoder; systems that share one are left out."""
    lines = head(
        "autoencoder", "latent size", "PSNR, dB", "SSIM",
        "SSIM (range 2)", "n", "epochs", "TFLOP",
    )  # fmt: skip
    seen = set()
    for row in found:
        params, first = row.system.autoencoder, row.outcomes[0]
        if params in seen:
            continue
        seen.add(params)
        lines.append(
            line(
                _title(params),
                f"{first.latent_size:,}",
                f"{row.mean(lambda o: o.psnr).value:.2f}",
                f"{row.mean(lambda o: o.ssim).value:.4f}",
                f"{row.mean(lambda o: o.ssim_range_2).value:.4f}",
                str(len(row.outcomes)),
                f"{first.autoencoder_epochs:.3g}",
                f"{first.autoencoder_operations / TERA:.3g}",
            )
        )
    return lines


def _title(params: AutoencoderParams) -> str:
    words: list[str] = [params.architecture]
    if params.augment:
        words.append("with augmentation")
    if params.corruption != "none":
        words.append(f"{params.corruption} {params.corruption_strength:g}")
    return ", ".join(words)


def head(*names: str) -> list[str]:
    """The first two lines of a table."""
    return [line(*names), "|" + "---|" * len(names)]


def line(*cells: str) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


def _mean(found: Mean) -> str:
    spread = "" if found.sd is None else f" ± {found.sd:.4f}"
    return f"{found.value:.4f}{spread}"


def difference(
    found: Difference | None, *, scale: float = 1, digits: int = 4
) -> str:
    """With the half-width of its interval, if there is one.

    Args:
      found: the difference, if there is one.
      scale: what it is multiplied by; 100 for points.
      digits: decimals.
    """
    if found is None:
        return NONE
    width = ""
    if found.half_width is not None:
        width = f" ± {found.half_width * scale:.{digits}f}"
    return f"{found.value * scale:+.{digits}f}{width}"
