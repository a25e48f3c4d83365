"""ExampleValidator's anomalies in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.components.example_validator.executor import DEFAULT_FILE_NAME
from tfx.dsl.io import fileio

from modules.common.errors import UserError

_SPLIT_PREFIX = "Split-"


def require_none(uri: str) -> None:
    """Checks that ExampleValidator found nothing.

    Args:
      uri: of its output.

    Raises:
      UserError: naming split, feature and kind of every anomaly.
    """
    if found := list(read_anomalies(uri)):
        raise UserError(
            f"the data does not match the schema, {len(found)} "
            f"{'anomaly' if len(found) == 1 else 'anomalies'} found: "
            f"{'; '.join(found)}. Expected what modules/schema/"
            "schema.pbtxt says: mend the data, or the schema if it is "
            "out of date."
        )


def read_anomalies(uri: str) -> Iterator[str]:
    """Every anomaly of every split under `uri`, one phrase each.

    The splits are found by their folders: on Kubeflow, artifacts arrive
    without the property that lists them.

    Raises:
      FileNotFoundError: if there is no split to look at.
    """
    pattern = f"{uri}/{_SPLIT_PREFIX}*/{DEFAULT_FILE_NAME}"
    paths = sorted(fileio.glob(pattern))
    if not paths:
        raise FileNotFoundError(f"no anomalies file matches {pattern}")
    for path in paths:
        split = PurePosixPath(path).parent.name
        with fileio.open(path, "rb") as file:
            anomalies = anomalies_pb2.Anomalies.FromString(file.read())
        yield from _phrases(split.removeprefix(_SPLIT_PREFIX), anomalies)


def _phrases(split: str, anomalies: anomalies_pb2.Anomalies) -> Iterator[str]:
    for name, info in sorted(anomalies.anomaly_info.items()):
        yield (
            f"{split} split, feature {name!r}: {info.short_description} "
            f"({_plain(info.description)})"
        )
    if anomalies.HasField("dataset_anomaly_info"):
        info = anomalies.dataset_anomaly_info
        yield (
            f"{split} split as a whole: {info.short_description} "
            f"({_plain(info.description)})"
        )


def _plain(sentence: str) -> str:
    return " ".join(sentence.split()).rstrip(".")
