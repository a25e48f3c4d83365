"""Feature names: the schema knows the examples by the same ones."""

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from modules import features
from modules.image_statistics import STATISTICS
from modules.schema import SCHEMA


def test_the_schema_has_the_features_that_are_ingested():
    schema = text_format.Parse(SCHEMA.read_text(), schema_pb2.Schema())
    types = {feature.name: feature.type for feature in schema.feature}
    assert types == {
        features.IMAGE: schema_pb2.BYTES,
        features.LABEL: schema_pb2.INT,
        features.KEY: schema_pb2.BYTES,
        **dict.fromkeys(STATISTICS, schema_pb2.FLOAT),
    }
