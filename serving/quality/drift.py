"""How far what is served has moved from what the model was trained on.

TFDV compares the distributions of the logged images, and of what the model
says of them, with those of a sample of the data set; numbers over the tenths of
the sample, as AnomalyGate does. Imports TensorFlow and TFDV, which takes
seconds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import tfx  # noqa: F401  (first: TFDV needs what it stands in for in tfx_bsl)

# isort: split
import pandas as pd
import tensorflow as tf
import tensorflow_data_validation as tfdv

from modules.common.errors import UserError
from modules.data_profile.alignment import aligned
from modules.data_profile.distributions import threshold
from serving import messages
from serving import predict_pb2 as pb
from serving.predictions import INPUT, Prediction, Predictor
from serving.quality.image_features import describe

FEWEST = 100
"""Images below which distributions say nothing."""
CLASS, CONFIDENCE = "class_name", "confidence"
_BATCH = 64


@dataclasses.dataclass(frozen=True)
class Drift:
    """How far one feature has moved.

    Attributes:
      feature: an image feature, the class, or the confidence.
      reference: its mean in the data set, or the commonest class there.
      logged: the same in the log.
      distance: Jensen-Shannon divergence, from 0 to 1; of the class, the
        largest difference between two shares.
      anomaly: what TFDV says, if that is too far; "" if not.
    """

    feature: str
    reference: str
    logged: str
    distance: float
    anomaly: str


def read_log(path: Path, size: int) -> pd.DataFrame:
    """A row for each logged image.

    Args:
      path: of the log.
      size: the model's image size, pixels.

    Raises:
      UserError: if it is no request log, or has too few images.
    """
    images: list[bytes] = []
    found: list[Prediction] = []
    try:
        for record in tf.data.TFRecordDataset(str(path)):
            log = pb.PredictionLog.FromString(record.numpy()).predict_log
            sent = log.request.inputs[INPUT].string_val
            images += sent
            found += messages.predictions(log.response, len(sent), str(path))
    except (tf.errors.OpError, ValueError, OSError) as error:
        raise UserError(
            f"{path} is not a request log ({error}); expected TFRecords of "
            "PredictionLog, as `cifar10 predict --request-log` writes them."
        ) from error
    if len(images) < FEWEST:
        raise UserError(
            f"{path} has {len(images)} images; expected at least {FEWEST} to "
            "compare distributions. Log a larger share, or for longer."
        )
    return _table(images, found, size)


def reference(
    predictor: Predictor,
    trained_on: Sequence[bytes],
    unseen: Sequence[bytes],
    size: int,
) -> pd.DataFrame:
    """What images of the data set look like, and what the model says of them.

    Args:
      predictor: the model.
      trained_on: training images, for what images look like.
      unseen: as many others, for the classes and the confidence: a model is
        surer of what it was trained on.
      size: the model's image size, pixels.
    """
    found: list[Prediction] = []
    for start in range(0, len(unseen), _BATCH):
        found += predictor.predict(unseen[start : start + _BATCH])
    count = min(len(trained_on), len(unseen))
    return _table(trained_on[:count], found[:count], size)


def compare(
    logged: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    divergence: float,
    class_shift: float,
) -> list[Drift]:
    """How far each feature has moved, by TFDV's drift comparators.

    Args:
      logged: a row for each logged image.
      reference: a row for each image to compare with.
      divergence: the largest Jensen-Shannon divergence of a number, unless
        samples of these sizes may differ by more by chance.
      class_shift: the largest difference between two shares of a class.
    """
    limit = max(divergence, threshold(len(logged), len(reference)))
    after, before = aligned(
        tfdv.generate_statistics_from_dataframe(logged),
        tfdv.generate_statistics_from_dataframe(reference),
        [name for name in reference.columns if name != CLASS],
    )
    schema = tfdv.infer_schema(before)
    for feature in schema.feature:
        compared = feature.drift_comparator
        if feature.name == CLASS:
            compared.infinity_norm.threshold = class_shift
        else:
            compared.jensen_shannon_divergence.threshold = limit
    found = tfdv.validate_statistics(after, schema, previous_statistics=before)
    distances = {
        info.path.step[0]: info.drift_measurements[0].value
        for info in found.drift_skew_info
        if info.drift_measurements
    }
    return [
        Drift(
            name,
            _typical(reference[name]),
            _typical(logged[name]),
            distances[name],
            found.anomaly_info[name].description
            if name in found.anomaly_info
            else "",
        )
        for name in reference.columns
    ]


def _table(
    images: Sequence[bytes], found: Sequence[Prediction], size: int
) -> pd.DataFrame:
    table = pd.DataFrame(describe(images, size))
    table[CONFIDENCE] = [each.probability for each in found]
    table[CLASS] = [each.class_name for each in found]
    return table


def _typical(values: pd.Series) -> str:
    if values.dtype.kind == "f":
        return f"{values.mean():.3f}"
    share = values.value_counts(normalize=True)
    return f"{share.index[0]} ({share.iloc[0]:.0%})"
