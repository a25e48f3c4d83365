"""The double answers as TF Serving 2.20 does; sources are named in it."""

import json
import urllib.error
import urllib.request

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from tests.support.serving.fixtures import NEW


def request(signature="serving_pixels", pixels=(1, 32, 32, 3), **spec):
    made = predict_pb2.PredictRequest()
    made.model_spec.name = spec.pop("name", "cifar10")
    made.model_spec.signature_name = signature
    if "version" in spec:
        made.model_spec.version.value = spec["version"]
    else:
        made.model_spec.version_label = spec.get("label", "stable")
    made.inputs["pixels"].CopyFrom(
        tf.make_tensor_proto(np.zeros(pixels, np.uint8))
    )
    return made


def ask(server, made):
    with grpc.insecure_channel(server.grpc) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        return stub.Predict(made, timeout=60)


def post(server, path, body):
    asked = urllib.request.Request(
        f"http://{server.rest}{path}", json.dumps(body).encode()
    )
    try:
        with urllib.request.urlopen(asked) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        # model_servers/server_core.cc, GetModelVersionForLabel
        ({"label": "golden"}, "INVALID_ARGUMENT", "Unrecognized servable"),
        ({"name": "penguin"}, "INVALID_ARGUMENT", "Unrecognized servable"),
        # core/basic_manager.cc, GetUntypedServableHandle
        (
            {"version": 3},
            "NOT_FOUND",
            "Servable not found for request: Specific(cifar10, 3)",
        ),
        # servables/tensorflow/predict_util.cc, RunPredict
        (
            {"signature": "x"},
            "FAILED_PRECONDITION",
            'Serving signature key "x" not found.',
        ),
        # the same, VerifyRequestInputsSize, then saved_model::GetInputValues
        (
            {"signature": "serving_bytes"},
            "INVALID_ARGUMENT",
            "Signature input alias: image_bytes",
        ),
        # The graph itself.
        ({"pixels": (2, 3)}, "INVALID_ARGUMENT", "pixels is of shape [2 3]"),
    ],
)
def test_grpc_refuses_with_the_servers_status(server, asked, status, words):
    with pytest.raises(grpc.RpcError) as raised:
        ask(server, request(**asked))
    assert raised.value.code().name == status
    assert words in raised.value.details()


@pytest.mark.parametrize(
    ("path", "body", "code", "words"),
    [
        ("labels/golden", {}, 400, "Unrecognized servable version label"),
        ("versions/3", {}, 404, "Servable not found for request: Specific("),
        # model_servers/http_rest_api_handler.cc, GetInfoMap
        (
            "labels/stable",
            {"signature_name": "x"},
            400,
            'Serving signature name: "x" not found in signature def',
        ),
        # util/json_tensor.cc
        ("labels/stable", {}, 400, "Missing 'inputs' or 'instances' key"),
        (
            "labels/stable",
            {"signature_name": "serving_bytes", "inputs": [{"b64": "?"}]},
            400,
            "Unable to base64 decode",
        ),
        ("labels/stable", {"signature_name": 1}, 400, "must be a string value"),
        (
            "labels/stable",
            {"signature_name": "embed", "inputs": [[[[0, 0, 0.5]]]]},
            400,
            "JSON Value: 0.5 Type: Number is not of expected type: uint8",
        ),
        (
            "labels/stable",
            {"signature_name": "embed", "inputs": [[0], [0, 0]]},
            400,
            "Encountered list at unexpected size: 2 at level: 1",
        ),
    ],
)
def test_rest_refuses_with_the_servers_code(server, path, body, code, words):
    if path == "labels/golden" or path == "versions/3":
        body = {"inputs": []}
    found = post(server, f"/v1/models/cifar10/{path}:predict", body)
    assert found[0] == code
    assert words in found[1]["error"]


def test_paths_of_no_api_are_400_below_v1_and_404_elsewhere(server):
    """http_rest_api_handler.cc, ProcessRequest; http_server.cc, Dispatch."""
    assert post(server, "/v1/models/cifar10:guess", {})[0] == 400
    with pytest.raises(urllib.error.HTTPError, match="404") as raised:
        urllib.request.urlopen(f"http://{server.rest}/elsewhere")
    assert b"<H1>Not Found</H1>" in raised.value.read()


def test_outputs_may_be_chosen(server):
    """servables/tensorflow/predict_util.cc, PreProcessPrediction."""
    chosen = request()
    chosen.output_filter.append("class_id")
    assert list(ask(server, chosen).outputs) == ["class_id"]
    chosen.output_filter.append("color")
    with pytest.raises(grpc.RpcError) as raised:
        ask(server, chosen)
    assert "output tensor alias not found" in raised.value.details()


def test_the_state_of_each_version_is_told(server):
    url = f"http://{server.rest}/v1/models/cifar10"
    with urllib.request.urlopen(url) as response:
        found = json.load(response)["model_version_status"]
    assert {"state": "AVAILABLE", "version": str(NEW)}.items() <= (
        found[0].items()
    )
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{url}/versions/3")
