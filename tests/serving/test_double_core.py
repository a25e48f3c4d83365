"""The double loads, unloads and labels as TF Serving 2.20 does."""

import json
import shutil
import threading
import time
import urllib.error
import urllib.request

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from serving.versions import labels, models_config
from tests.support.serving.double.__main__ import serve
from tests.support.serving.double.core import ServerCore
from tests.support.serving.double.status import Refused
from tests.support.serving.fixtures import NEW, OLD

REQUEST = predict_pb2.PredictRequest()
REQUEST.model_spec.name = "cifar10"
REQUEST.model_spec.version_label = "stable"
REQUEST.model_spec.signature_name = "serving_pixels"
REQUEST.inputs["pixels"].CopyFrom(
    tf.make_tensor_proto(np.zeros((1, 32, 32, 3), np.uint8))
)


@pytest.fixture
def root(serving_root, tmp_path):
    shutil.copytree(serving_root / "cifar10", tmp_path / "cifar10")
    labels.complete(tmp_path)
    return tmp_path


def core_of(root, **arguments):
    return ServerCore(root / labels.FILE_NAME, retry_interval=0, **arguments)


def states(core):
    return {number: each.name for number, each in core.states("cifar10")}


def await_states(core, wanted, limit=30):
    """Polls the folders until the states are these."""
    deadline = time.monotonic() + limit
    while states(core) != wanted:
        assert time.monotonic() < deadline, states(core)
        core.poll_folders()
        time.sleep(0.02)


@pytest.fixture
def configure(root):
    """Writes models.config: `stable`, and what else is served."""

    def configure(stable, *more):
        path = root / labels.FILE_NAME
        with models_config.edited(root) as server:
            (config,) = server.model_config_list.config
            models_config.serve(config, {stable, *more})
            config.version_labels.clear()
            config.version_labels["stable"] = stable
        return path.read_text()

    return configure


def test_a_label_moves_to_a_loaded_version_only(root, configure):
    """UpdateModelVersionLabelMap; then no version is even looked at."""
    core = core_of(root)
    core.start(3600)
    configure(OLD, NEW)
    for _ in range(2):  # It is refused for ever.
        with pytest.raises(Refused, match="not currently available") as raised:
            core.reload()
        assert raised.value.status == "FAILED_PRECONDITION"
        core.poll_folders()
        assert states(core) == {NEW: "AVAILABLE"}
    configure(NEW, OLD)
    core.reload()
    await_states(core, {NEW: "AVAILABLE", OLD: "AVAILABLE"})
    configure(OLD, NEW)
    core.reload()
    assert core.servable(REQUEST.model_spec)[0] == OLD


def test_an_unloaded_version_is_at_its_end_until_it_is_loaded_again(
    root, configure
):
    """servable_state_monitor.cc: no state is forgotten, and it is no error."""
    core = core_of(root)
    core.start(3600)
    configure(NEW, OLD)
    core.reload()
    await_states(core, {NEW: "AVAILABLE", OLD: "AVAILABLE"})
    configure(NEW)
    core.reload()
    await_states(core, {NEW: "AVAILABLE", OLD: "END"})
    assert dict(core.states("cifar10"))[OLD].status == "OK"
    configure(NEW, OLD)
    core.reload()
    assert states(core)[OLD] == "END"
    await_states(core, {NEW: "AVAILABLE", OLD: "AVAILABLE"})


def test_the_last_version_that_serves_stays_until_another_does(root):
    """core/availability_preserving_policy.cc."""
    core = core_of(root)
    core.start(3600)
    shutil.move(root / "cifar10" / str(OLD), root / "aside")
    (root / "cifar10" / str(OLD)).mkdir()
    with models_config.edited(root) as server:
        (config,) = server.model_config_list.config
        models_config.serve(config, {OLD})
    core.reload()
    await_states(core, {NEW: "AVAILABLE", OLD: "END"})
    assert core.servable(REQUEST.model_spec)[0] == NEW
    # What failed is tried again only once it has been unwanted for a while.
    (root / "cifar10" / str(OLD)).rmdir()
    core.poll_folders()
    shutil.move(root / "aside", root / "cifar10" / str(OLD))
    await_states(core, {NEW: "END", OLD: "AVAILABLE"})


def test_a_half_copied_version_is_available_and_stays_broken(root):
    """loader.cc, RunRestore: missing variables are no error."""
    variables = root / "cifar10" / str(NEW) / "variables"
    variables.rename(root / "variables")
    core = core_of(root)
    core.start(3600)
    (root / "variables").rename(variables)
    core.poll_folders()
    assert states(core) == {NEW: "AVAILABLE"}
    server, ports = serve(core)
    with grpc.insecure_channel(f"127.0.0.1:{ports['grpc']}") as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        with pytest.raises(grpc.RpcError) as raised:
            stub.Predict(REQUEST, timeout=60)
    assert raised.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    path = "/v1/models/cifar10/labels/stable:predict"
    pixels = np.zeros((1, 32, 32, 3), int).tolist()
    body = {"signature_name": "serving_pixels", "inputs": pixels}
    with pytest.raises(urllib.error.HTTPError, match="400"):  # Never 412.
        urllib.request.urlopen(
            f"http://127.0.0.1:{ports['rest']}{path}", json.dumps(body).encode()
        )
    server.stop(None)


def test_an_empty_version_is_retried_then_given_up(root):
    shutil.rmtree(root / "cifar10" / str(NEW))
    (root / "cifar10" / str(NEW)).mkdir()
    core = core_of(root, retries=2)
    with pytest.raises(
        Refused,
        match=r"1 servable.* not become available: .*name: cifar10 version: "
        rf"{NEW}.* due to error: NOT_FOUND: Could not find SavedModel",
    ):
        core.start(3600)
    ((number, state),) = core.states("cifar10")
    assert (number, state.name, state.status) == (NEW, "END", "NOT_FOUND")


def test_one_missing_model_folder_stops_every_model(root):
    """PollFileSystemForConfig returns at the first error; no port opens."""
    path = root / labels.FILE_NAME
    entry = path.read_text().partition("model_config_list {\n")[2]
    gone = entry.replace("cifar10", "gone").rpartition("}")[0]
    path.write_text("model_config_list {\n" + gone + entry)
    core = core_of(root)
    starting = threading.Thread(
        target=lambda: core.start(0.01), name="starting", daemon=True
    )
    starting.start()
    starting.join(0.5)
    assert starting.is_alive()
    assert states(core) == {}
    labels.complete(root)
    core_of(root).start(3600)


def test_an_empty_configuration_changes_nothing(root):
    """ServerCore::ReloadConfig."""
    core = core_of(root)
    core.start(3600)
    (root / labels.FILE_NAME).write_text("")
    core.reload()
    core.poll_folders()
    assert core.servable(REQUEST.model_spec)[0] == NEW
