"""The client's messages are TF Serving's, byte for byte."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf.descriptor import FieldDescriptor
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from serving import predict_pb2 as wire
from serving.messages import predictions, request
from serving.target import Target

REPOSITORY = Path(__file__).parents[2]
TARGET = Target(host="a", port=1, model="cifar10", timeout=1)


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("PredictRequest", predict_pb2),
        ("PredictResponse", predict_pb2),
        ("PredictionLog", prediction_log_pb2),
    ],
)
def test_every_field_is_the_official_one(name, module):
    ours = wire.DESCRIPTOR.message_types_by_name[name]
    official = module.DESCRIPTOR.message_types_by_name[name]
    assert _differences(ours, official) == []


def _differences(ours, official):
    found = []
    for field in ours.fields:
        same = official.fields_by_name.get(field.name)
        if same is None or any(
            getattr(field, what) != getattr(same, what)
            for what in ("number", "type", "is_repeated", "is_packed")
        ):
            found.append(field.full_name)
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            found += _differences(field.message_type, same.message_type)
    return found


def test_the_data_types_are_tensorflows():
    for name, number in wire.DataType.items():
        assert types_pb2.DataType.Value(name) == number


def test_the_server_reads_what_the_client_writes():
    read = predict_pb2.PredictRequest.FromString(
        request(TARGET, [b"one", b"two"]).SerializeToString()
    )
    assert read.model_spec.name == "cifar10"
    assert read.model_spec.version_label == "stable"
    assert read.model_spec.signature_name == "serving_bytes"
    values = tf.make_ndarray(read.inputs["image_bytes"])
    assert values.tolist() == [b"one", b"two"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_client_reads_what_the_server_writes(rows):
    """TensorFlow packs one element, and several, in different ways."""
    probabilities = np.random.default_rng(0).random((rows, 4), np.float32)
    response = predict_pb2.PredictResponse()
    for name, value in {
        "probabilities": probabilities,
        "class_id": np.arange(rows),
        "class_name": np.array([b"cat", b"dog", b"owl"][:rows], object),
    }.items():
        response.outputs[name].CopyFrom(tf.make_tensor_proto(value))
    read = wire.PredictResponse.FromString(response.SerializeToString())
    found = predictions(read, rows, "a server")
    assert [p.class_name for p in found] == ["cat", "dog", "owl"][:rows]
    assert [p.class_id for p in found] == list(range(rows))
    np.testing.assert_array_equal(
        [p.probabilities for p in found], probabilities
    )


def test_the_generated_code_is_up_to_date(tmp_path):
    subprocess.run(
        [
            *(sys.executable, "-m", "grpc_tools.protoc", "--proto_path=."),
            *(f"--python_out={tmp_path}", f"--pyi_out={tmp_path}"),
            "serving/predict.proto",
        ],
        check=True,
        cwd=REPOSITORY,
    )
    for name in ("predict_pb2.py", "predict_pb2.pyi"):
        new = (tmp_path / "serving" / name).read_text()
        assert new == (REPOSITORY / "serving" / name).read_text()
