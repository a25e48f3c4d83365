"""The double answers as TF Serving 2.20 does; sources are named in it."""

import json
import shutil
import urllib.error
import urllib.request

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from serving.versions import labels
from tests.support.serving.double.core import ServerCore
from tests.support.serving.double.status import Refused
from tests.support.serving.fixtures import NEW, OLD


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
    with pytest.raises(json.JSONDecodeError):
        post(server, "/elsewhere", {})


def test_the_state_of_each_version_is_told(server):
    url = f"http://{server.rest}/v1/models/cifar10"
    with urllib.request.urlopen(url) as response:
        found = json.load(response)["model_version_status"]
    assert {"state": "AVAILABLE", "version": str(NEW)}.items() <= (
        found[0].items()
    )
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{url}/versions/3")


@pytest.fixture
def root(serving_root, tmp_path):
    shutil.copytree(serving_root / "cifar10", tmp_path / "cifar10")
    labels.complete(tmp_path)
    return tmp_path


def core_of(root, **arguments):
    return ServerCore(root / labels.FILE_NAME, retry_interval=0, **arguments)


def spec(**fields):
    return request(**fields).model_spec


def test_a_label_moves_to_a_loaded_version_only(root):
    """UpdateModelVersionLabelMap; then no version is even looked at."""
    core = core_of(root)
    core.start(3600)
    path = root / labels.FILE_NAME
    both = path.read_text().replace(
        f"versions: {NEW}", f"versions: {NEW} versions: {OLD}"
    )
    moved = both.replace(f"value: {NEW}", f"value: {OLD}")
    path.write_text(moved)
    for _ in range(2):  # It is refused for ever.
        with pytest.raises(Refused, match="not currently available") as raised:
            core.reload()
        assert raised.value.status == "FAILED_PRECONDITION"
        assert core._poll_files() == []
    path.write_text(both)
    core.reload()
    for thread in core._poll_files():
        thread.join()
    path.write_text(moved)
    core.reload()
    assert core.servable(spec())[0] == OLD


def test_a_half_copied_version_is_available_and_stays_broken(root):
    """loader.cc, RunRestore: missing variables are no error."""
    variables = root / "cifar10" / str(NEW) / "variables"
    variables.rename(root / "variables")
    core = core_of(root)
    core.start(3600)
    (root / "variables").rename(variables)
    core._poll_files()
    _, servable = core.servable(spec())
    with pytest.raises(Refused) as raised:
        servable.predict(request())
    assert raised.value.status == "FAILED_PRECONDITION"


def test_an_empty_version_is_retried_then_given_up(root):
    shutil.rmtree(root / "cifar10" / str(NEW))
    (root / "cifar10" / str(NEW)).mkdir()
    core = core_of(root, retries=2)
    with pytest.raises(Refused, match="did not become available"):
        core.start(3600)
    ((number, version),) = core.versions("cifar10")
    assert (number, version.state) == (NEW, "END")
    assert "saved_model.pb" not in version.error
    assert "Could not find SavedModel" in version.error


def test_one_missing_model_folder_stops_every_model(root):
    """PollFileSystemForConfig returns at the first error."""
    path = root / labels.FILE_NAME
    entry = path.read_text().partition("model_config_list {\n")[2]
    gone = entry.replace("cifar10", "gone").rpartition("}")[0]
    path.write_text("model_config_list {\n" + gone + entry)
    with pytest.raises(Refused, match="did not become available: gone"):
        core_of(root).start(3600)
    labels.complete(root)
    core_of(root).start(3600)
