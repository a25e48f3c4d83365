"""Test images for the report: reconstructions, and confident mistakes."""

from __future__ import annotations

import heapq
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from components.run_report.pictures import Answer, Gallery, Reconstruction
from modules.common.errors import UserError
from modules.evaluation import image_metrics

MISTAKES = 12
"""How many mistakes are shown."""

_BATCH = 500
_FEATURES = {
    "image": tf.io.FixedLenFeature((), tf.string),
    "label": tf.io.FixedLenFeature((), tf.int64),
    "key": tf.io.FixedLenFeature((), tf.string),
}


def collect(saved_model: str, examples: str) -> Gallery:
    """Asks the classifier about every test image.

    Args:
      saved_model: the classifier's directory, with the signatures
        `serving_default` and `reconstruct`.
      examples: URI of tf.Examples with `image` (PNG), `label` and `key`, in a
        split `test`.

    Raises:
      UserError: if the split holds no examples.
    """
    signatures = tf.saved_model.load(saved_model).signatures
    firsts: dict[int, Answer] = {}
    answers = _answers(signatures["serving_default"], examples)
    mistakes = heapq.nsmallest(
        MISTAKES, _wrong(answers, firsts), key=lambda a: (-a.probability, a.key)
    )
    if not firsts:
        raise UserError(
            f"{examples} holds no examples in the split test; the report "
            "expects test images. Add some to the data."
        )
    return Gallery(
        reconstructions=tuple(
            _reconstruct(signatures["reconstruct"], first)
            for _, first in sorted(firsts.items())
        ),
        mistakes=tuple(mistakes),
    )


def _wrong(
    answers: Iterable[Answer], firsts: dict[int, Answer]
) -> Iterator[Answer]:
    """The mistakes among `answers`; in passing, the first of each class."""
    for answer in answers:
        first = firsts.setdefault(answer.label, answer)
        if answer.key < first.key:
            firsts[answer.label] = answer
        if answer.predicted != answer.label:
            yield answer


def _answers(classify: Any, examples: str) -> Iterator[Answer]:
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
            features["image"].numpy(),
            features["label"].numpy(),
            features["key"].numpy(),
            strict=True,
        ):
            yield Answer(
                key=key.decode(errors="replace"),
                image=image,
                label=int(label),
                predicted=int(row.argmax()),
                probability=float(row.max()),
            )


def _reconstruct(reconstruct: Any, first: Answer) -> Reconstruction:
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
