"""The classifier's probabilities for every test image, in files.

ClassifierEvaluator writes them beside TFMA's metrics, so that no other node has
to ask the model about the same images again: tf.Examples with `key` (bytes),
`label` (int64) and `probabilities` (float32, one a class), in TFRecords whose
number and order depend on the Beam runner.
"""

from __future__ import annotations

import dataclasses
import operator
import pathlib
from contextvars import ContextVar

import apache_beam as beam
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from modules.common import tfrecords
from modules.common.errors import UserError
from modules.features import KEY, LABEL

PROBABILITIES = "probabilities"

destination: ContextVar[str | None] = ContextVar("destination", default=None)
"""The directory that `extractors.custom_extractors` has them written into.

The stock Evaluator does not tell that function where its outputs are. And as it
reloads the function's module, the variable cannot be there.
"""

_PREFIX = "predictions"
_SUFFIX = ".tfrecord"

_Row = tuple[bytes, int, NDArray[np.float32]]


@dataclasses.dataclass(frozen=True)
class PredictedImages:
    """Test images as the classifier sees them, in order of their keys.

    Attributes:
      keys: the images' names, N of them.
      labels: int64 [N], their classes.
      probabilities: float32 [N, C], of each class.
    """

    keys: tuple[bytes, ...]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]

    @property
    def names(self) -> list[str]:
        """The keys as text, for people."""
        return [key.decode(errors="replace") for key in self.keys]

    @property
    def predicted(self) -> NDArray[np.int64]:
        """int64 [N]: the most probable classes."""
        return self.probabilities.argmax(axis=1)

    @property
    def confidence(self) -> NDArray[np.float32]:
        """float32 [N]: their probabilities."""
        return self.probabilities.max(axis=1)


def record(key: bytes, label: int, probabilities: NDArray) -> bytes:
    """One image's tf.Example, serialized."""
    example = tf.train.Example()
    feature = example.features.feature
    feature[KEY].bytes_list.value.append(key)
    feature[LABEL].int64_list.value.append(label)
    feature[PROBABILITIES].float_list.value.extend(probabilities)
    return example.SerializeToString()


def writer(directory: str) -> beam.PTransform:
    """Writes a collection of such tf.Examples into a directory."""
    return beam.io.WriteToTFRecord(
        str(pathlib.Path(directory, _PREFIX)), file_name_suffix=_SUFFIX
    )


def read(directory: str, expected: int) -> PredictedImages:
    """Reads what `writer` wrote.

    Args:
      directory: the `evaluation` artifact's.
      expected: how many images were evaluated.

    Raises:
      UserError: if there are fewer or more predictions, or a file is damaged.
    """
    rows: list[_Row] = []
    for file in pathlib.Path(directory).glob(f"{_PREFIX}-*{_SUFFIX}"):
        for serialized in tfrecords.read(file):
            feature = tf.train.Example.FromString(serialized).features.feature
            rows.append(
                (
                    feature[KEY].bytes_list.value[0],
                    feature[LABEL].int64_list.value[0],
                    np.array(feature[PROBABILITIES].float_list.value, "f4"),
                )
            )
    if len(rows) != expected or not rows:
        raise UserError(
            f"the evaluation at {directory} contains {len(rows):,} "
            f"predictions, expected one for each of the {expected:,} test "
            "images that were evaluated. Remove its directory and run again "
            "to recreate it."
        )
    rows.sort(key=operator.itemgetter(0))
    keys, labels, probabilities = zip(*rows, strict=True)
    return PredictedImages(keys, np.array(labels), np.stack(probabilities))
