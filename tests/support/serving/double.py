"""A test double of TF Serving: gRPC and REST, from SavedModels.

It answers with the official protos, so that the client and the load test meet
what they would meet in production, where no server binary is at hand. It is no
product: one process, Python threads, Predict alone.

    python -m tests.support.serving.double ROOT [--grpc PORT] [--rest PORT]

prints {"grpc": PORT, "rest": PORT} once it serves. It reads models.config in
the serving root again with each request that names a label.
"""

from __future__ import annotations

import argparse
import base64
import json
import pathlib
import re
import threading
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from components.pusher.versions import versions
from serving import labels

HOST = "127.0.0.1"
URL = re.compile(
    r"/v1/models/(?P<name>[^/:]+)"
    r"(/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
    r"(?P<rest>:predict|/metadata|)"
)
HTTP = {"INVALID_ARGUMENT": 400, "NOT_FOUND": 404, "INTERNAL": 500}


class Refused(Exception):
    """A request that is not answered: a gRPC status and words."""

    def __init__(self, status, words):
        super().__init__(words)
        self.status = status


class Models:
    """The models under a serving root, loaded when they are first asked."""

    def __init__(self, serving_root):
        self._root = pathlib.Path(serving_root)
        self._loaded = {}
        self._lock = threading.Lock()

    def signatures(self, name, version=None, label=None):
        number = version or self._number(name, label)
        path = self._root / name / str(number)
        if not (path / "saved_model.pb").is_file():
            raise Refused(
                "NOT_FOUND", f"Servable not found for request: {name} {number}"
            )
        with self._lock:
            if path not in self._loaded:
                self._loaded[path] = tf.saved_model.load(str(path))
        return str(number), self._loaded[path].signatures

    def _number(self, name, label):
        if not label:
            return next(iter(versions(self._root / name)), 0)
        known = labels.read(self._root).get(name, {})
        if label not in known:
            raise Refused(
                "NOT_FOUND",
                f"Unrecognized servable version label: {label}",
            )
        return known[label]


def answer(signatures, signature_name, inputs):
    """The outputs by name, as arrays."""
    signature_name = signature_name or "serving_default"
    if signature_name not in signatures:
        raise Refused("INVALID_ARGUMENT", f"No signature {signature_name}")
    signature = signatures[signature_name]
    _, specs = signature.structured_input_signature
    if set(specs) != set(inputs):
        raise Refused(
            "INVALID_ARGUMENT",
            f"Missing inputs: expected {sorted(specs)}, found {sorted(inputs)}",
        )
    try:
        tensors = {
            name: tf.constant(value, specs[name].dtype)
            for name, value in inputs.items()
        }
        outputs = signature(**tensors)
    except tf.errors.InvalidArgumentError as error:
        raise Refused("INVALID_ARGUMENT", error.message) from error
    except (TypeError, ValueError) as error:
        raise Refused("INVALID_ARGUMENT", str(error)) from error
    except tf.errors.OpError as error:
        raise Refused("INTERNAL", error.message) from error
    return {name: tensor.numpy() for name, tensor in outputs.items()}


class Servicer(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, models):
        self._models = models

    def Predict(self, request, context):
        spec = request.model_spec
        try:
            number, signatures = self._models.signatures(
                spec.name, spec.version.value, spec.version_label
            )
            inputs = {n: self._array(t) for n, t in request.inputs.items()}
            outputs = answer(signatures, spec.signature_name, inputs)
        except Refused as error:
            context.abort(grpc.StatusCode[error.status], str(error))
        response = predict_pb2.PredictResponse()
        response.model_spec.name = spec.name
        response.model_spec.version.value = int(number)
        for name, value in outputs.items():
            response.outputs[name].CopyFrom(tf.make_tensor_proto(value))
        return response

    @staticmethod
    def _array(tensor):
        try:
            return tf.make_ndarray(tensor)
        except (TypeError, ValueError) as error:
            raise Refused("INVALID_ARGUMENT", str(error)) from error


class Handler(BaseHTTPRequestHandler):
    models: Models
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """Says nothing."""

    def do_GET(self):
        self._respond(lambda url: self._describe(url))

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        text = self.rfile.read(length)
        self._respond(lambda url: self._predict(url, text))

    def _respond(self, method):
        url = URL.fullmatch(self.path)
        try:
            if not url:
                raise Refused("INVALID_ARGUMENT", "Malformed request")
            status, body = 200, method(url)
        except Refused as error:
            status, body = HTTP[error.status], {"error": str(error)}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _describe(self, url):
        number, signatures = self._signatures(url)
        if url["rest"] == "/metadata":
            return {"metadata": {"signature_def": sorted(signatures)}}
        state = {"version": number, "state": "AVAILABLE"}
        return {"model_version_status": [state]}

    def _predict(self, url, text):
        _, signatures = self._signatures(url)
        try:
            request = json.loads(text)
            name = request.get("signature_name", "serving_default")
            rows = "instances" in request
            inputs = _unb64(request["instances" if rows else "inputs"])
        except (ValueError, KeyError, AttributeError) as error:
            words = f"JSON Parse error: {error}"
            raise Refused("INVALID_ARGUMENT", words) from error
        if not isinstance(inputs, dict) and name in signatures:
            (only,) = signatures[name].structured_input_signature[1]
            inputs = {only: inputs}
        outputs = answer(signatures, name, inputs)
        columns = {n: _plain(value) for n, value in outputs.items()}
        columns = columns if len(columns) > 1 else columns.popitem()[1]
        if not rows:
            return {"outputs": columns}
        if isinstance(columns, list):
            return {"predictions": columns}
        table = zip(*columns.values(), strict=True)
        return {
            "predictions": [dict(zip(columns, r, strict=True)) for r in table]
        }

    def _signatures(self, url):
        version = int(url["version"]) if url["version"] else None
        return self.models.signatures(url["name"], version, url["label"])


def _unb64(value):
    if isinstance(value, dict):
        if set(value) == {"b64"}:
            return base64.b64decode(value["b64"], validate=True)
        return {name: _unb64(each) for name, each in value.items()}
    return [_unb64(v) for v in value] if isinstance(value, list) else value


def _plain(value):
    strings = value.dtype == object
    return (
        np.vectorize(bytes.decode, otypes=[object])(value).tolist()
        if (strings and value.size)
        else value.tolist()
    )


def serve(serving_root, grpc_port=0, rest_port=0):
    """Starts both servers; returns them and their ports."""
    models = Models(serving_root)
    unlimited = [
        ("grpc.max_receive_message_length", -1),
        ("grpc.so_reuseport", 0),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(16), options=unlimited)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        Servicer(models), server
    )
    grpc_port = server.add_insecure_port(f"{HOST}:{grpc_port}")
    handler = type("Bound", (Handler,), {"models": models})
    rest = ThreadingHTTPServer((HOST, rest_port), handler)
    server.start()
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    return server, rest, {"grpc": grpc_port, "rest": rest.server_address[1]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("serving_root")
    parser.add_argument("--grpc", type=int, default=0)
    parser.add_argument("--rest", type=int, default=0)
    arguments = parser.parse_args()
    server, _, ports = serve(
        arguments.serving_root, arguments.grpc, arguments.rest
    )
    print(json.dumps(ports), flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
