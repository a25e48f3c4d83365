"""`model_card.md`: a pushed model's description, quality and limits.

The sections are those of the Model Card Toolkit's schema (Mitchell et al.,
*Model Cards for Model Reporting*, 2019); its package is not maintained for this
TFX. Sections contain only what the pipeline knows. No TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from modules.data_profile.summary import SplitSummary
from modules.data_profile.verdict import Distance, Verdict
from modules.evaluation.evaluations import OVERALL, Evaluation
from modules.export.metadata import ModelDescription
from modules.hparams import TestTimeAugmentation
from modules.image_statistics import STATISTICS

FILE = PurePosixPath("assets.extra/model_card.md")
"""Where it is in a pushed version."""

_METRICS = (
    ("accuracy", "accuracy", ".4f"),
    ("top_2_accuracy", "top-2 accuracy", ".4f"),
    ("macro_f1", "macro F1", ".4f"),
    ("ece", "expected calibration error", ".4f"),
    ("nll", "negative log-likelihood, nats", ".4f"),
)
_IMAGE_METRICS = (
    ("psnr", "PSNR of the reconstructions, dB", ".2f"),
    ("ssim", "SSIM of the reconstructions", ".4f"),
)

AUGMENTATIONS: Mapping[TestTimeAugmentation, str] = {
    "none": "none",
    "flip": "horizontal flip",
    "flip_translate": "horizontal flip and translations by a pixel, six views",
}


def card(
    description: ModelDescription,
    classifier: Evaluation,
    autoencoder: Evaluation,
    data: Mapping[str, SplitSummary] = MappingProxyType({}),
    verdict: Verdict | None = None,
) -> str:
    """The card of a classifier, in Markdown.

    Args:
      description: what the model says about itself.
      classifier: of its Evaluator.
      autoencoder: of the Evaluator of the autoencoder inside it.
      data: the statistics of the data's splits, where they are known.
      verdict: what the checks of the data said, likewise.
    """
    blocks = (
        [f"# Model card: {description.model_name}"],
        _details(description),
        _parameters(description),
        *([_data(data, verdict)] if data and verdict else []),
        _analysis(description, classifier, autoencoder),
        _considerations(description, classifier),
    )
    return "\n".join("\n".join(block) + "\n" for block in blocks)


def _details(description: ModelDescription) -> Iterator[str]:
    lineage = description.lineage
    size = description.image_size
    yield "## Model details"
    yield ""
    yield (
        f"Classifies {size}x{size} RGB images into "
        f"{len(description.class_names)} classes: a convolutional network "
        "on the hidden layer of an autoencoder that was trained first, without "
        "labels."
    )
    if lineage.sample:
        yield ""
        yield (
            "**Sample data, drawn by code: nothing here is about photographs.**"
        )
    yield ""
    yield from _list(
        ("name", description.model_name),
        ("model digest", f"`{lineage.model_digest}`"),
        ("references", "`docs/SERVING.md` of tfx-cifar10"),
    )


def _parameters(description: ModelDescription) -> Iterator[str]:
    lineage, size = description.lineage, description.image_size
    trained = description.training_precision or "float32"
    yield "## Model parameters"
    yield ""
    yield from _list(
        ("training data", f"digest `{lineage.data_digest}`"),
        ("seed", lineage.seed),
        ("input", f"PNG or JPEG bytes, tf.Examples, or uint8 {size}x{size}x3"),
        ("output", "`probabilities`, `class_id`, `class_name`"),
        (
            "test-time augmentation",
            AUGMENTATIONS[description.test_time_augmentation],
        ),
        ("hidden layer", description.hidden_layer),
        ("temperature", f"{description.temperature:.4g}"),
        ("precision", f"float32; trained in {trained}"),
    )
    yield ""
    yield from _table(
        ("class", "training images, at most"),
        ((name, f"{cap:,}") for name, cap in description.caps.items()),
    )


def _data(
    splits: Mapping[str, SplitSummary], verdict: Verdict
) -> Iterator[str]:
    yield "## Data"
    yield ""
    yield (
        "Statistics of the images, mean ± standard deviation, from 0 to 1 "
        "(differences from -1 to 1)."
    )
    yield ""
    titles = [f"{name} ({s.images:,} images)" for name, s in splits.items()]
    yield from _table(
        ("statistic", "what", *titles),
        (
            (
                name,
                statistic.title,
                *(
                    f"{found.mean:.3f} ± {found.deviation:.3f}"
                    for s in splits.values()
                    if (found := s.features[name])
                ),
            )
            for name, statistic in STATISTICS.items()
        ),
    )
    yield ""
    drift, skew = verdict.farthest("drift"), verdict.farthest("skew")
    yield from _list(
        ("drift from the data of version " + verdict.baseline, _far(drift))
        if drift
        else ("drift", "no earlier data was pushed to compare with"),
        ("skew between the splits", _far(skew)),
        *(
            ("accepted" if verdict.accepted else "warning", finding.text)
            for finding in verdict.findings
        ),
    )


def _far(farthest: Distance | None) -> str:
    if farthest is None:
        return "not measured"
    return (
        f"at most {farthest.value:.4f} of {farthest.threshold:.4f} allowed "
        f"({farthest.feature})"
    )


def _analysis(
    description: ModelDescription,
    classifier: Evaluation,
    autoencoder: Evaluation,
) -> Iterator[str]:
    figures, images = classifier.figures, autoencoder.figures
    count = round(figures[OVERALL, "example_count", None])
    yield "## Quantitative analysis"
    yield ""
    yield f"On {count:,} test images, none of which was trained on or tuned on."
    yield ""
    yield from _table(
        ("metric", "value"),
        (
            (title, f"{source[OVERALL, name, None]:{shape}}")
            for source, metrics in (
                (figures, _METRICS),
                (images, _IMAGE_METRICS),
            )
            for name, title, shape in metrics
        ),
    )
    yield ""
    yield from _table(
        ("class", "recall", "precision", "AUC"),
        (
            (
                name,
                f"{figures[OVERALL, 'recall', label]:.3f}",
                f"{figures[OVERALL, 'precision', label]:.3f}",
                f"{figures[OVERALL, 'auc', label]:.4f}",
            )
            for label, name in enumerate(description.class_names)
        ),
    )


def _considerations(
    description: ModelDescription, classifier: Evaluation
) -> Iterator[str]:
    recalls = {
        name: classifier.figures[OVERALL, "recall", label]
        for label, name in enumerate(description.class_names)
    }
    worst = min(recalls, key=lambda name: recalls[name])
    size = description.image_size
    yield "## Considerations"
    yield ""
    yield "Limitations:"
    yield ""
    yield (
        f"- Every image is one of the {len(recalls)} classes to it, whatever "
        "it shows; there is no class for anything else."
    )
    yield f"- Other sizes are scaled to {size}x{size} pixels."
    yield f"- The lowest recall is that of {worst}, {recalls[worst]:.3f}."
    if capped := description.capped_classes:
        yield (
            f"- Trained on fewer images of {', '.join(capped)}; its "
            "probabilities are those of equally frequent classes."
        )
    yield (
        "- Measured on test images of the same origin as the training images; "
        "elsewhere it may do worse."
    )


def _list(*entries: tuple[str, Any]) -> Iterator[str]:
    for name, value in entries:
        yield f"- {name}: {value}"


def _table(
    titles: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield "|" + "---|" * len(titles)
    for row in rows:
        yield f"| {' | '.join(row)} |"
