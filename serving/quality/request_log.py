"""A log of sampled requests and predictions, for `cifar10 drift`.

TF Serving's own request logging has no collector that writes files in its open
source, so the client writes what it would: TFRecords of `PredictionLog`.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from pathlib import Path

from modules.common import tfrecords
from modules.common.errors import UserError
from serving import messages
from serving import predict_pb2 as pb
from serving.predictions import Prediction
from serving.target import Target


class RequestLog:
    """Appends a sample of the images, each with its prediction, to a file.

    Safe to use from several threads of one process.

    Args:
      path: a TFRecord file of `PredictionLog`, made if it is not there.
      share: of the images, from 0 to 1.
      seed: of the sample; None for another one each time.

    Raises:
      UserError: if the file cannot be written.
    """

    def __init__(self, path: Path, share: float, seed: int | None = None):
        self._share = share
        self._draws = random.Random(seed)
        self._lock = threading.Lock()
        try:
            self._file = path.open("ab")
        except OSError as error:
            raise UserError(
                f"cannot write the request log {path} ({error.strerror}); "
                "expected a file that this user may write to."
            ) from error

    def add(
        self,
        target: Target,
        images: Sequence[bytes],
        found: Sequence[Prediction],
    ) -> None:
        """Logs those images, and their predictions, that the draw takes."""
        with self._lock:
            for image, prediction in zip(images, found, strict=True):
                if self._draws.random() < self._share:
                    log = _log(target, image, prediction)
                    self._file.write(tfrecords.framed(log.SerializeToString()))
            self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _log(
    target: Target, image: bytes, prediction: Prediction
) -> pb.PredictionLog:
    return pb.PredictionLog(
        predict_log=pb.PredictLog(
            request=messages.request(target, [image]),
            response=messages.response([prediction]),
        )
    )
