"""The two ways in: PredictionService over gRPC, and the REST API.

Sources: model_servers/prediction_service_impl.cc, http_rest_api_handler.cc,
http_rest_api_util.cc (paths) and get_model_status_impl.cc.
"""

import json
import re
from http.server import BaseHTTPRequestHandler

import grpc
from google.protobuf import json_format
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_pb2,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from tests.support.serving.double import rest_json, status
from tests.support.serving.double.status import Refused

_WHICH = r"(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
PREDICT = re.compile(
    rf"(?i)/v1/models/(?P<name>[^/:]+){_WHICH}:(classify|regress|predict)"
)
STATUS = re.compile(
    rf"(?i)/v1/models(?:/(?P<name>[^/:]+))?{_WHICH}(?:/(?P<what>metadata))?"
)


def predict(core, request):
    """TensorflowPredictor::Predict."""
    if not request.HasField("model_spec"):
        raise Refused("INVALID_ARGUMENT", "Missing ModelSpec")
    number, servable = core.servable(request.model_spec)
    response = servable.predict(request)
    response.model_spec.version.value = number
    return response


class Servicer(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, core):
        self._core = core

    def Predict(self, request, context):
        try:
            return predict(self._core, request)
        except Refused as error:
            context.abort(grpc.StatusCode[error.status], str(error))


class Handler(BaseHTTPRequestHandler):
    core = None
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """Says nothing."""

    def do_GET(self):
        self._respond(STATUS, self._describe)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        text = self.rfile.read(length)
        self._respond(PREDICT, lambda url: self._predict(url, text))

    def _respond(self, pattern, method):
        if not re.fullmatch(r"(?i)/v1/.*", self.path):
            return self._send(404, "")  # No dispatcher takes it.
        url = pattern.fullmatch(self.path)
        try:
            if not url:
                raise Refused(
                    "INVALID_ARGUMENT",
                    f"Malformed request: {self.command} {self.path}",
                )
            return self._send(200, method(url))
        except Refused as error:
            return self._send(
                status.HTTP[error.status], json.dumps({"error": str(error)})
            )

    def _send(self, code, text):
        data = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _describe(self, url):
        if not url["name"]:
            raise Refused("INVALID_ARGUMENT", "Missing model name in request.")
        return self._metadata(url) if url["what"] else self._status(url)

    def _metadata(self, url):
        number, servable = self.core.servable(_spec(url))
        signatures = get_model_metadata_pb2.SignatureDefMap()
        for name, signature in servable.signatures.items():
            signatures.signature_def[name].CopyFrom(signature)
        return json.dumps(
            {
                "model_spec": {"name": url["name"], "version": str(number)},
                "metadata": {
                    "signature_def": json_format.MessageToDict(
                        signatures, preserving_proto_field_name=True
                    )
                },
            }
        )

    def _status(self, url):
        """All versions, or one; a label makes no difference."""
        wanted = int(url["version"]) if url["version"] else None
        response = get_model_status_pb2.GetModelStatusResponse()
        for number, version in self.core.versions(url["name"]):
            if wanted in (None, number):
                response.model_version_status.add(
                    version=number,
                    state=version.state,
                    status={
                        "error_code": 2 if version.error else 0,
                        "error_message": version.error,
                    },
                )
        if not response.model_version_status:
            raise Refused(
                "NOT_FOUND",
                f"Could not find any versions of model {url['name']}"
                if wanted is None
                else f"Could not find version {wanted} of model {url['name']}",
            )
        return json_format.MessageToJson(
            response, always_print_fields_with_no_presence=True
        )

    def _predict(self, url, text):
        request = predict_pb2.PredictRequest(model_spec=_spec(url))
        rows = rest_json.fill(request, text, self._info)
        return json.dumps(rest_json.answer(predict(self.core, request), rows))

    def _info(self, spec):
        """GetInfoMap."""
        _, servable = self.core.servable(spec)
        name = spec.signature_name or "serving_default"
        if name not in servable.signatures:
            raise Refused(
                "INVALID_ARGUMENT",
                f'Serving signature name: "{name}" not found in signature def',
            )
        return servable.signatures[name].inputs


def _spec(url):
    spec = model_pb2.ModelSpec(name=url["name"])
    if url["version"]:
        if int(url["version"]) >= 2**63:
            raise Refused(
                "INVALID_ARGUMENT",
                f"Failed to convert version: {url['version']} to numeric.",
            )
        spec.version.value = int(url["version"])
    elif url["label"]:
        spec.version_label = url["label"]
    return spec
