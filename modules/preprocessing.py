"""Transform: class caps as a full-pass analyzer, and pixels decoded once.

`preprocessing_fn` is the stock Transform component's user code. Its analyzer
sees the training split only, and of that the labels and the keys; the images
are decoded once, when the data is transformed. `modules/caps.py` states which
images are sampled and why the counts are exact.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from modules import caps
from modules.features import (
    HOLDOUT,
    IMAGE,
    KEY,
    LABEL,
    NO_LABEL,
    PIXELS,
    SAMPLED,
)
from modules.keys import hash_keys

CHANNELS = 3
_PNG_START = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"  # Width, height follow.


def preprocessing_fn(
    inputs: Mapping[str, tf.Tensor], custom_config: Mapping[str, Any]
) -> dict[str, tf.Tensor]:
    """Marks the sampled and the held-out images, and decodes the pixels.

    Args:
      inputs: dense batches of shape [N] or [N, 1]: `image`, string, PNG;
        `label`, int64, `NO_LABEL` outside of the training split at most;
        `key`, string, unique in the training split.
      custom_config: `limits`, the most training images of each label, or None;
        `holdout_fraction`, the share of a class's sampled images to hold out;
        `seed`, an int; `image_size`, pixels a side.

    Returns:
      Batches of shape [N]: `pixels`, string, the uint8 [H, W, 3] row-major
      bytes; `label`, `sampled` and `holdout`, int64. The last two are 0 or 1
      and mean something in the training split, and without a label, where no
      cap leaves anything out and nothing is held out.

    Raises:
      tf.errors.InvalidArgumentError: when the graph runs, naming the key of an
        image that is not a PNG of the expected size.
    """
    image, label, key = (
        tf.reshape(inputs[name], [-1]) for name in (IMAGE, LABEL, KEY)
    )
    hashes = hash_keys(key, custom_config["seed"])
    cuts = _class_cuts(
        label,
        hashes,
        custom_config["limits"],
        custom_config["holdout_fraction"],
    )
    labelled = label != NO_LABEL
    row = tf.where(labelled, label, 0)
    marks = hashes < tf.gather(cuts, row, axis=1)
    return {
        PIXELS: _decode(image, key, custom_config["image_size"]),
        LABEL: label,
        SAMPLED: tf.cast(marks[0] | ~labelled, tf.int64),
        HOLDOUT: tf.cast(marks[1] & labelled, tf.int64),
    }


def _class_cuts(
    labels: tf.Tensor,
    hashes: tf.Tensor,
    limits: Sequence[caps.Limit],
    holdout_fraction: float,
) -> tf.Tensor:
    """The cuts of `modules/caps.py` over the analyzed data, [2, classes]."""
    combine = beam.CombineGlobally(CutsFn(limits, holdout_fraction))
    (cuts,) = tft.experimental.ptransform_analyzer(
        inputs=[labels, hashes],
        ptransform=combine,
        output_dtypes=[tf.int64],
        output_shapes=[[2, len(limits)]],
        name="class_cuts",
    )
    return cuts


class CutsFn(beam.CombineFn):
    """Combines batches (labels, hashes), int64 [N] each, into the cuts."""

    def __init__(
        self, limits: Sequence[caps.Limit], holdout_fraction: float
    ) -> None:
        self._limits = tuple(limits)
        self._holdout_fraction = holdout_fraction

    def create_accumulator(self) -> caps.CapAccumulator:
        """Nothing seen yet."""
        return caps.CapAccumulator(self._limits)

    def add_input(
        self,
        accumulator: caps.CapAccumulator,
        batch: tuple[np.ndarray, np.ndarray],
    ) -> caps.CapAccumulator:
        """Adds a batch in place."""
        accumulator.add(*batch)
        return accumulator

    def merge_accumulators(
        self, accumulators: Iterable[caps.CapAccumulator]
    ) -> caps.CapAccumulator:
        """What all the accumulators have seen."""
        merged = self.create_accumulator()
        merged.merge(accumulators)
        return merged

    def compact(self, accumulator: caps.CapAccumulator) -> caps.CapAccumulator:
        """Makes the accumulator small before Beam sends it elsewhere."""
        accumulator.compact()
        return accumulator

    def extract_output(self, accumulator: caps.CapAccumulator) -> np.ndarray:
        """The cuts, int64 [2, classes]; see `caps.CapAccumulator.cuts`."""
        return accumulator.cuts(self._holdout_fraction)


def _decode(images: tf.Tensor, keys: tf.Tensor, size: int) -> tf.Tensor:
    """PNGs as the bytes of their pixels, string [N]; see `preprocessing_fn`.

    TensorFlow has no `encode_raw`. A serialized uint8 tensor ends in its
    row-major bytes, which is several times faster than joining characters.
    """
    length = size * size * CHANNELS
    with tf.control_dependencies([_check_headers(images, keys, size)]):
        tensors = tf.map_fn(
            lambda image: tf.io.serialize_tensor(
                tf.ensure_shape(
                    tf.io.decode_png(image, CHANNELS), (size, size, CHANNELS)
                )
            ),
            images,
            fn_output_signature=tf.TensorSpec([], tf.string),
        )
    return tf.strings.substr(tensors, -length, length)


def _check_headers(
    images: tf.Tensor, keys: tf.Tensor, size: int
) -> tf.Operation:
    """Fails, naming the first key, unless all are PNGs `size` pixels a side."""
    header = _PNG_START + struct.pack(">II", size, size)
    wrong = tf.strings.substr(images, 0, len(header)) != header
    return tf.debugging.Assert(
        ~tf.reduce_any(wrong),
        [
            f"an image is not a PNG of {size}x{size} pixels; its key is",
            tf.boolean_mask(keys, wrong)[:1],
        ],
    )
