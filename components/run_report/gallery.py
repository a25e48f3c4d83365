"""Test images for the report, and what the classifier says of all of them."""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from components.run_report.pictures import (
    ClassifiedImage,
    Gallery,
    Reconstruction,
)
from modules.common.errors import UserError
from modules.evaluation import image_metrics
from modules.evaluation.predictions import Predictions
from modules.features import IMAGE, KEY, LABEL

MISTAKES = 12
"""The most errors that are shown of all classes together."""

ERRORS = 8
"""The most errors that are shown of each class."""

_BATCH = 500
_FEATURES = {
    IMAGE: tf.io.FixedLenFeature((), tf.string),
    LABEL: tf.io.FixedLenFeature((), tf.int64),
    KEY: tf.io.FixedLenFeature((), tf.string),
}


def collect(
    saved_model: str, examples: str, classes: int
) -> tuple[Gallery, Predictions]:
    """Asks the classifier about every test image.

    Args:
      saved_model: the classifier's directory, with the signatures
        `serving_default` and `reconstruct`.
      examples: URI of tf.Examples with `image` (PNG), `label` and `key`, in a
        split `test`.
      classes: how many there are.

    Raises:
      UserError: if the split holds no examples.
    """
    signatures = tf.saved_model.load(saved_model).signatures
    seen = _Seen([[] for _ in range(classes)])
    for answer in _answers(signatures["serving_default"], examples):
        seen.add(answer)
    if not seen.firsts:
        raise UserError(
            f"{examples} contains no examples in the split test; the report "
            "expects test images. Add some to the data."
        )
    gallery = Gallery(
        reconstructions=tuple(
            _reconstruct(signatures["reconstruct"], first)
            for _, first in sorted(seen.firsts.items())
        ),
        mistakes=_most_confident(
            list(itertools.chain.from_iterable(seen.errors)), MISTAKES
        ),
        errors=tuple(_most_confident(e, ERRORS) for e in seen.errors),
    )
    return gallery, Predictions.of(seen.predicted)


@dataclasses.dataclass
class _Seen:
    """What is kept of all answers.

    Attributes:
      errors: the most confident errors of each class.
      firsts: the first image of each class, by its key.
      predicted: key, label and predicted class of every image.
    """

    errors: list[list[ClassifiedImage]]
    firsts: dict[int, ClassifiedImage] = dataclasses.field(default_factory=dict)
    predicted: list[tuple[str, int, int]] = dataclasses.field(
        default_factory=list
    )

    def add(self, answer: ClassifiedImage) -> None:
        """Takes in the answer to one image."""
        label = answer.label
        self.predicted.append((answer.key, label, answer.predicted))
        first = self.firsts.setdefault(label, answer)
        if answer.key < first.key:
            self.firsts[label] = answer
        if answer.predicted != label:
            kept = self.errors[label]
            kept.append(answer)
            if len(kept) > 2 * MISTAKES:
                kept[:] = _most_confident(kept, MISTAKES)


def _most_confident(
    answers: Sequence[ClassifiedImage], count: int
) -> tuple[ClassifiedImage, ...]:
    ranked = sorted(answers, key=lambda a: (-a.probability, a.key))
    return tuple(ranked[:count])


def _answers(classify: Any, examples: str) -> Iterator[ClassifiedImage]:
    """The classifier's answers, in no particular order."""
    folder = pathlib.Path(examples, "Split-test")
    files = sorted(str(path) for path in folder.glob("*") if path.is_file())
    records = tf.data.TFRecordDataset(
        files, "GZIP" if files and files[0].endswith(".gz") else ""
    )
    for batch in records.batch(_BATCH).prefetch(1):
        features = tf.io.parse_example(batch, _FEATURES)
        probabilities = classify(examples=batch)["probabilities"].numpy()
        for row, image, label, key in zip(
            probabilities,
            features[IMAGE].numpy(),
            features[LABEL].numpy(),
            features[KEY].numpy(),
            strict=True,
        ):
            yield ClassifiedImage(
                key=key.decode(errors="replace"),
                image=image,
                label=int(label),
                predicted=int(row.argmax()),
                probability=float(row.max()),
            )


def _reconstruct(reconstruct: Any, first: ClassifiedImage) -> Reconstruction:
    pixels = tf.io.decode_png(first.image, channels=3)[tf.newaxis]
    image = reconstruct(pixels=pixels)["reconstruction"].numpy()
    levels = np.round(image * 255).astype(np.uint8)
    return Reconstruction(
        key=first.key,
        label=first.label,
        original=first.image,
        reconstruction=tf.io.encode_png(levels[0]).numpy(),
        psnr=float(image_metrics.psnr(pixels.numpy(), levels)[0]),
    )
