"""Checks of counts: leaked, repeated, constant and grey images, classes.

Pure Python: no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from modules.data_profile.summary import SplitSummary
from modules.data_profile.verdict import Finding

MAX_SHARED = 0.01
"""The share of test images that may be in another split too."""
MAX_REPEATED = 0.05
"""The share of a split's images that may equal an earlier one."""
MAX_CONSTANT = 0.01
"""The share of a split's images that may be of one colour."""
MAX_GREY = 0.5
"""The share of the first data's images that may be without colour."""
CLASS_SHIFT = 0.05
"""By how much the share of a class may differ from the one learned."""


_LEAKED = {
    "train": "in train too",
    "unlabelled": "among the unlabelled, which train the autoencoder, too",
}
"""What test images are that are in another split as well."""


def leaked(
    shared: Mapping[str, int],
    images: int,
    pairs: Mapping[str, Sequence[tuple[str, str]]],
) -> Iterator[Finding]:
    """Test images that a model is trained on as well, by their pixels.

    Args:
      shared: how many, by the split that they are in too.
      images: of the test split.
      pairs: a few, as keys of the test and of the other image.
    """
    for split, count in shared.items():
        if count:
            test, other = pairs[split][0]
            example = f"such as {test} = {other}"
            yield _share(
                "test", count, images, _LEAKED[split], MAX_SHARED, example
            )


def repeated(split: str, count: int, images: int) -> Iterator[Finding]:
    """Images that equal an earlier one of their split."""
    if count:
        yield _share(split, count, images, "duplicates", MAX_REPEATED)


def constant(split: str, summary: SplitSummary) -> Iterator[Finding]:
    """Images of one colour."""
    if count := summary.features["contrast"].zeros:
        what = "constant (contrast 0)"
        yield _share(split, count, summary.images, what, MAX_CONSTANT)


def grey(split: str, summary: SplitSummary) -> Iterator[Finding]:
    """Mostly grey images, where no earlier data says that they may be."""
    count = summary.features["saturation"].zeros
    if count > MAX_GREY * summary.images:
        yield Finding(
            f"{count:,} of {summary.images:,} {split} images are grey "
            f"(saturation 0), expected at most {MAX_GREY:.0%}",
            "change",
            count / summary.images / MAX_GREY,
        )


def class_mix(counts: Sequence[int]) -> tuple[float, ...]:
    """The share of each class."""
    return tuple(count / sum(counts) for count in counts)


def shifted_classes(
    split: str,
    found: Sequence[float],
    expected: Mapping[str, Sequence[float]],
    class_names: Sequence[str],
) -> Iterator[Finding]:
    """The class whose share is farthest from the one learned, if it is far."""
    learned = expected[split]
    shift, label = max(
        (abs(share - before), label)
        for label, (share, before) in enumerate(
            zip(found, learned, strict=True)
        )
    )
    if shift > CLASS_SHIFT:
        yield Finding(
            f"class {class_names[label]} is {found[label]:.1%} of {split}, "
            f"expected {learned[label]:.1%} (at most {CLASS_SHIFT:.0%} away)",
            "change",
            shift / CLASS_SHIFT,
        )


def _share(
    split: str,
    count: int,
    images: int,
    what: str,
    most: float,
    example: str = "",
) -> Finding:
    share = count / images
    return Finding(
        f"{count:,} of {images:,} {split} images are {what}"
        f"{f' ({example})' if example else ''}, expected at most {most:.0%}",
        "stop" if share > most else "warning",
        share / most,
    )
