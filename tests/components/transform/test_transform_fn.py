"""The transform graph is written whole, and can be written again."""

import apache_beam as beam
import pytest
import tensorflow_transform as tft
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.transform import transform_fn

SCHEMA = text_format.Parse(
    'feature { name: "x" type: INT presence { min_fraction: 1 } shape {} }',
    schema_pb2.Schema(),
)
METADATA = tft.DatasetMetadata(SCHEMA)


@pytest.fixture
def saved_model(tmp_path):
    directory = tmp_path / "analysis"
    for name in ("saved_model.pb", "assets/vocabulary", ".tft_metadata/x"):
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return directory


def write(saved_model, path):
    with beam.Pipeline("FnApiRunner") as pipeline:
        found = pipeline | beam.Create([str(saved_model)])
        _ = (found, METADATA) | transform_fn.WriteTransformFn(str(path))


def files(directory):
    return {
        str(file.relative_to(directory)): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file()
    }


def test_tft_s_own_reader_finds_it(tmp_path, saved_model):
    path = tmp_path / "graph"
    write(saved_model, path)
    output = tft.TFTransformOutput(str(path))
    assert output.transformed_metadata.schema == SCHEMA
    assert files(tmp_path / "graph" / "transform_fn") == {
        "saved_model.pb": b"saved_model.pb",
        "assets/vocabulary": b"assets/vocabulary",
    }


def test_a_step_that_is_executed_again_finds_what_it_needs(
    tmp_path, saved_model
):
    path = tmp_path / "graph"
    write(saved_model, path)
    (metadata,) = (path / transform_fn.STAGED).iterdir()
    before = files(path)
    transform_fn.publish(str(saved_model), str(metadata), str(path))
    assert files(path) == before
    (path / "transform_fn" / "saved_model.pb").unlink()  # Broken off.
    transform_fn.publish(str(saved_model), str(metadata), str(path))
    assert files(path) == before
