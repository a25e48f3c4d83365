"""The data of a run, its statistics in memory, and AnomalyGate on it."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.components.example_validator.executor import DEFAULT_FILE_NAME
from tfx.types import standard_artifacts

from components.anomaly_gate.executor import Executor
from components.image_example_gen import contents, sample
from components.image_example_gen.binary import BATCHES
from components.image_example_gen.contents import Contents
from components.image_example_gen.image_set import Images
from components.image_example_gen.layout import UNLABELLED
from modules import schema as schemas
from modules.data_profile import summary
from modules.image_statistics import image_statistics
from modules.schema import SCHEMA
from modules.stats_options import stats_options
from pipeline.datasets import files
from pipeline.datasets.config import DEFAULT

# isort: split
# Only now, see modules.stats_options.
from tensorflow_data_validation.statistics import stats_impl


@dataclasses.dataclass(frozen=True)
class Split:
    """Pixels uint8 [N, H, W, 3] and labels int64 [N]."""

    pixels: np.ndarray
    labels: np.ndarray

    def of(self, change):
        """Other pixels, the same labels."""
        return Split(np.ascontiguousarray(change(self.pixels)), self.labels)

    def rows(self, chosen):
        return Split(self.pixels[chosen], self.labels[chosen])

    def __add__(self, other):
        return Split(
            np.concatenate([self.pixels, other.pixels]),
            np.concatenate([self.labels, other.labels]),
        )


def drawn():
    """The built-in sample by split."""
    random = sample.Random(sample._SEED)
    splits = {}
    for split, names in BATCHES.items():
        files = [sample.draw(sample.PER_CLASS[split], random) for _ in names]
        labels, pixels = map(np.concatenate, zip(*files, strict=True))
        splits[split] = Split(pixels, labels.astype(np.int64))
    return splits


def binary(directory):
    """The splits of a directory in the binary format."""
    splits = {}
    for split, names in BATCHES.items():
        raw = [np.fromfile(directory / name, np.uint8) for name in names]
        rows = np.concatenate(raw).reshape(-1, 3073)
        pixels = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        splits[split] = Split(
            np.ascontiguousarray(pixels), rows[:, 0].astype(np.int64)
        )
    return splits


def schema():
    return schemas.schema(10, 100)


def statistics(split):
    """TFDV's, as StatisticsGen computes them."""
    columns = {"label": split.labels, **image_statistics(split.pixels)}
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array(values.reshape(-1, 1).tolist())
            for values in columns.values()
        ],
        list(columns),
    )
    options = stats_options()
    options.schema = schema()
    return stats_impl.generate_statistics_in_memory(batch, options)


def counted(splits):
    """The contents of a data set, as ImageExampleGen counts them."""
    parts, buckets = [], {}
    for split, data in splits.items():
        keys = [f"{split}:{i:05d}" for i in range(len(data.labels))]
        images = Images(keys, data.pixels, data.labels)
        if split != UNLABELLED:
            parts.append(contents.count_classes(split, images, 10))
        for bucket, found in contents.digests(split, images):
            buckets.setdefault(bucket, []).append(found)
    return Contents.merged(
        [*parts, *map(contents.count_duplicates, buckets.values())]
    )


def write(directory, splits):
    """What AnomalyGate is given, each artifact in a directory of its name."""
    for name in ("anomalies", "statistics", "examples", "schema"):
        (directory / name).mkdir(parents=True)
    (directory / "schema" / SCHEMA.name).write_text(SCHEMA.read_text())
    text = counted(splits).to_json()
    (directory / "examples" / contents.FILE).write_text(text)
    for split in summary.SPLITS:
        data = splits[split]
        for name in ("anomalies", "statistics"):
            summary.split_directory(directory / name, split).mkdir()
        path = summary.split_directory(directory / "statistics", split)
        (path / summary.FILE).write_bytes(statistics(data).SerializeToString())
        path = summary.split_directory(directory / "anomalies", split)
        nothing = anomalies_pb2.Anomalies().SerializeToString()
        (path / DEFAULT_FILE_NAME).write_bytes(nothing)
    return directory


def judged(directory, destination, *, digest="mine", grey=False, accept=False):
    """Runs AnomalyGate on what `write` wrote; the profile's directory."""
    kinds = {
        "anomalies": standard_artifacts.ExampleAnomalies,
        "statistics": standard_artifacts.ExampleStatistics,
        "examples": standard_artifacts.Examples,
        "schema": standard_artifacts.Schema,
        "profile": standard_artifacts.ExampleStatistics,
    }
    artifacts = {}
    for name, kind in kinds.items():
        artifacts[name] = kind()
        artifacts[name].uri = str(directory / name)
    profile = artifacts.pop("profile")
    Executor().Do(
        {name: [artifact] for name, artifact in artifacts.items()},
        {"profile": [profile]},
        {
            "push_destination": str(destination),
            "data_digest": digest,
            "class_names": json.dumps(files.shipped(DEFAULT).class_names),
            "grey": int(grey),
            "accept_data": int(accept),
        },
    )
    return Path(profile.uri)
