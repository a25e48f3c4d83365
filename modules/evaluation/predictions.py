"""The classifier's prediction for every test image, in compact form.

Two models evaluated on the same images can be compared image by image, which
detects far smaller differences than comparing two accuracies does.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import zlib
from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

_STORED = np.dtype("<u2")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Predictions:
    """Labels and predicted classes of all test images, in order of their keys.

    Attributes:
      images: digest of the keys; equal digests are the same images.
      labels: the true classes: 16-bit little-endian, deflated, in Base64.
      predicted: the predicted classes, likewise.
    """

    images: str
    labels: str
    predicted: str

    @classmethod
    def of(cls, answers: Iterable[tuple[str, int, int]]) -> Self:
        """Of key, label and predicted class of each image, in any order."""
        keys, labels, predicted = zip(*sorted(answers), strict=True)
        return cls(
            images=hashlib.sha256("\n".join(keys).encode()).hexdigest(),
            labels=_pack(labels),
            predicted=_pack(predicted),
        )

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Labels and predicted classes, int64 [N] each.

        Raises:
          ValueError: if they are damaged.
        """
        labels, predicted = _unpack(self.labels), _unpack(self.predicted)
        if len(labels) != len(predicted):
            raise ValueError(
                f"{len(labels)} labels for {len(predicted)} predictions"
            )
        return labels, predicted


def _pack(classes: Iterable[int]) -> str:
    values = np.fromiter(classes, _STORED)
    return base64.b64encode(zlib.compress(values.tobytes(), 9)).decode()


def _unpack(text: str) -> NDArray[np.int64]:
    try:
        raw = zlib.decompress(base64.b64decode(text, validate=True))
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"the predictions are damaged ({error})") from error
    return np.frombuffer(raw, _STORED).astype(np.int64)
