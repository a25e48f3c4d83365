"""Which test images the report shows, and their pictures."""

from __future__ import annotations

import pathlib
from collections.abc import Collection
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.run_report.pictures import (
    ClassifiedImage,
    Gallery,
    Reconstruction,
)
from modules.common import tfrecords
from modules.common.errors import UserError
from modules.evaluation import image_metrics
from modules.evaluation.prediction_files import PredictedImages
from modules.features import IMAGE, KEY

MISTAKES = 12
"""The most errors that are shown of all classes together."""

ERRORS = 8
"""The most errors that are shown of each class."""


def collect(
    saved_model: str, examples: str, predictions: PredictedImages
) -> Gallery:
    """Picks images by the classifier's predictions.

    Args:
      saved_model: the classifier's directory, with the signature
        `reconstruct`.
      examples: URI of tf.Examples with `image` (PNG) and `key`, in a split
        `test`.
      predictions: for each image of that split.

    Raises:
      UserError: if an image is gone, or a file is damaged.
    """
    labels, predicted = predictions.labels, predictions.predicted
    confidence, names = predictions.confidence, predictions.names
    # The rows are in order of their keys, which a stable sort keeps for ties.
    ranked = np.argsort(-confidence, kind="stable")
    wrong = ranked[(predicted != labels)[ranked]]
    classes = range(predictions.probabilities.shape[1])
    mistakes = wrong[:MISTAKES]
    errors = [wrong[labels[wrong] == c][:ERRORS] for c in classes]
    firsts = [np.flatnonzero(labels == c)[:1] for c in classes]

    shown = np.concatenate([mistakes, *errors, *firsts])
    images = _images(examples, {predictions.keys[row] for row in shown})

    def pictures(rows: NDArray[np.intp]) -> tuple[ClassifiedImage, ...]:
        return tuple(
            ClassifiedImage(
                key=names[row],
                image=images[predictions.keys[row]],
                label=int(labels[row]),
                predicted=int(predicted[row]),
                probability=float(confidence[row]),
            )
            for row in rows
        )

    reconstruct = tf.saved_model.load(saved_model).signatures["reconstruct"]
    return Gallery(
        reconstructions=tuple(
            _reconstruct(reconstruct, first)
            for first in pictures(np.concatenate(firsts))
        ),
        mistakes=pictures(mistakes),
        errors=tuple(pictures(rows) for rows in errors),
    )


def _images(examples: str, keys: Collection[bytes]) -> dict[bytes, bytes]:
    """The PNGs of the test images of those keys."""
    found = {}
    for file in sorted(pathlib.Path(examples, "Split-test").iterdir()):
        for serialized in tfrecords.read(file):
            feature = tf.train.Example.FromString(serialized).features.feature
            (key,) = feature[KEY].bytes_list.value
            if key in keys:
                (found[key],) = feature[IMAGE].bytes_list.value
    if missing := sorted(set(keys) - set(found)):
        name = missing[0].decode(errors="replace")
        raise UserError(
            f"{examples} contains no test image {name!r}, but the "
            "classifier was evaluated on it. Remove that directory and run "
            "again to recreate it."
        )
    return found


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
