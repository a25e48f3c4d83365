"""Transformed files have the rows of their sources, in the same order."""

import functools
import os

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.transform import materialize
from modules.examples import load_split
from modules.preprocessing import preprocessing_fn
from tests.support.image_sets import write_examples

SIZE = 4
CONFIG = {
    "limits": [2, 3],
    "holdout_fraction": 0.0,
    "seed": 0,
    "image_size": SIZE,
}
SCHEMA = """
feature {
  name: "image" type: BYTES
  presence { min_fraction: 1 } shape {}
}
feature {
  name: "label" type: INT
  presence { min_fraction: 1 } shape {}
}
feature {
  name: "key" type: BYTES
  presence { min_fraction: 1 } shape {}
}
"""


def image(i):
    return np.full((SIZE, SIZE, 3), i, np.uint8)


def row(i):
    png = tf.io.encode_png(image(i)).numpy()
    return {"image": png, "label": i % 2, "key": b"key %d" % i}


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    """The analysis of ten images of two classes."""
    directory = tmp_path_factory.mktemp("graph")
    schema = text_format.Parse(SCHEMA, schema_pb2.Schema())
    metadata = tft.DatasetMetadata(schema)
    with (
        beam.Pipeline("FnApiRunner") as pipeline,
        tft_beam.Context(temp_dir=str(directory / "temporary")),
    ):
        raw = pipeline | beam.Create([row(i) for i in range(10)])
        function = (raw, metadata) | tft_beam.AnalyzeDataset(
            functools.partial(preprocessing_fn, custom_config=CONFIG)
        )
        _ = function | tft_beam.WriteTransformFn(str(directory))
        _ = metadata | tft_beam.WriteMetadata(
            str(directory / tft.TFTransformOutput.RAW_METADATA_DIR), pipeline
        )
    return directory


def transform(graph, folder, files):
    """Transforms lists of rows; returns the files that come of it."""
    write_examples(folder / "in", files)
    (folder / "out").mkdir()
    sources = sorted(map(str, (folder / "in").iterdir()))
    step = materialize.TransformFile(str(graph))
    step.setup()
    for file in materialize.plan(sources, str(folder / "out")):
        step.process(file)
    return folder / "out"


def test_every_row_is_there_decoded_and_marked(graph, tmp_path):
    out = transform(graph, tmp_path, [[row(i) for i in range(10)], []])
    images = load_split([f"{out}/*"], SIZE)
    assert sorted(images.pixels[:, 0, 0, 0].tolist()) == list(range(10))
    assert np.bincount(images.labels[images.sampled]).tolist() == [2, 3]


def test_a_file_becomes_one_of_the_same_order(graph, tmp_path):
    out = transform(graph, tmp_path, [[row(3), row(1)], [row(2)]])
    first, second = sorted(out.iterdir())
    assert first.name == "transformed_examples-00000-of-00002.gz"
    assert labels(first) == [1, 1]
    assert labels(second) == [0]


def labels(file):
    return [
        tf.train.Example.FromString(record)
        .features.feature["label"]
        .int64_list.value[0]
        for record in tf.data.TFRecordDataset(
            str(file), "GZIP"
        ).as_numpy_iterator()
    ]


def test_a_file_that_failed_leaves_nothing_with_its_name(graph, tmp_path):
    bad = row(5) | {"image": b"no image"}
    with pytest.raises(tf.errors.InvalidArgumentError, match="key 5"):
        transform(graph, tmp_path, [[row(1), bad]])
    assert not [n for n in os.listdir(tmp_path / "out") if n.endswith(".gz")]
