"""Folders of other classes, sizes and colours: run, pushed or not, asked."""

import json
import re

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from serving.client import Client
from tests.support import made_images
from tests.support.serving import servers

QUICK = ("--set", "autoencoder.epochs=1")
FIVE = made_images.class_names(5)
MANY = made_images.class_names(200)


@pytest.fixture(scope="module")
def flowers(tmp_path_factory, cifar10):
    """A run on five classes of 64x64 pixels; its root and what it printed."""
    base = tmp_path_factory.mktemp("flowers")
    data = made_images.write(
        base / "Flowers", names=FIVE, size=64, train=40, test=8
    )
    root = base / "root"
    done = cifar10(
        *("run", "--preset", "smoke", "--data", data, "--root", root),
        *("--cap", "rose=20", *QUICK),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return base, done.stdout


def test_five_classes_of_64_pixels_are_pushed_under_their_own_names(flowers):
    base, printed = flowers
    (version,) = (base / "root" / "serving" / "flowers").iterdir()
    model = json.loads((version / "assets.extra" / "model.json").read_text())
    assert model["model_name"] == "flowers"
    assert model["class_names"] == sorted(FIVE)
    assert model["image_size"] == 64
    assert model["capped_classes"] == ["rose"]
    assert model["caps"] == {"rose": 20}
    card = (version / "assets.extra" / "model_card.md").read_text()
    report = (base / "root" / "report.html").read_text()
    for text in (card, report, printed):
        assert "flowers" in text
        assert "cifar" not in text.replace("tfx-cifar10", "").lower()


def test_the_pushed_model_knows_their_images(flowers, cifar10):
    base, _ = flowers
    images = base / "Flowers" / "test" / "tulip"
    done = cifar10(
        *("predict", images, "--json", "--top", "2"),
        *("--model", base / "root" / "serving" / "flowers"),
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 8
    assert all(answer["class_name"] in FIVE for answer in found)
    assert sum(answer["class_name"] == "tulip" for answer in found) >= 6


@pytest.fixture(scope="module", params=servers.available())
def server(request, flowers):
    """A server of the model, which is the only one."""
    base, _ = flowers
    serving = base / "root" / "serving"
    with servers.started(request.param, serving, "flowers") as running:
        yield running


def test_a_server_answers_with_their_names_over_both_transports(
    flowers, server
):
    base, _ = flowers
    images = sorted((base / "Flowers" / "test" / "tulip").iterdir())
    contents = [path.read_bytes() for path in images]
    asked = {"model": "flowers", "timeout": 60.0}
    with (
        Client(server.grpc, **asked) as grpc_client,
        Client(server.rest, transport="rest", **asked) as rest_client,
    ):
        found = grpc_client.predict(contents)
        same = rest_client.predict(contents)
    assert [p.class_name for p in found].count("tulip") >= 6
    for one, other in zip(found, same, strict=True):
        assert one.class_name == sorted(FIVE)[one.class_id] == other.class_name
        assert len(one.probabilities) == 5
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5)


def test_predict_asks_for_the_roots_own_model(flowers, server, cifar10):
    base, _ = flowers
    done = cifar10(
        *("predict", base / "Flowers" / "test" / "rose", "--top", 5),
        *("--server", server.rest, "--transport", "rest"),
        *("--root", base / "root", "--timeout", 60),
    )
    assert done.returncode == 0, done.stderr
    for name in FIVE:
        shown = re.findall(rf"\b{name} +[01]\.\d", done.stdout)
        assert len(shown) == 8  # The folder's name may be in the files'.


def test_pixels_of_another_size_are_refused_with_the_models_own(server):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "flowers"
    request.model_spec.signature_name = "serving_pixels"
    pixels = np.zeros((1, 32, 32, 3), np.uint8)
    request.inputs["pixels"].CopyFrom(tf.make_tensor_proto(pixels))
    with grpc.insecure_channel(server.grpc) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        with pytest.raises(grpc.RpcError, match=r"\[1 32 32 3\].*64") as raised:
            stub.Predict(request, timeout=60)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_200_grey_classes_of_28_pixels_run_to_a_legible_end(tmp_path, cifar10):
    data = made_images.write(
        tmp_path / "signs", names=MANY, size=28, train=4, test=2, grey=True
    )
    root = tmp_path / "root"
    done = cifar10(
        *("run", "--preset", "smoke", "--data", data, "--root", root),
        *("--set", "classifier.epochs=2", *QUICK),
    )
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert "signs on 400 test images" in done.stdout
    assert "the 30 classes with the lowest recall, of 200" in done.stdout
    assert len(done.stdout.splitlines()) < 150
    if done.returncode == 3:
        assert "the gate asks for" in done.stdout
    report = (root / "report.html").read_text()
    assert all(name in report for name in MANY)
