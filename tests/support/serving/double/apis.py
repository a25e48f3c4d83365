"""The two ways in: PredictionService over gRPC, and the REST API.

Sources, in model_servers/ if not said otherwise: prediction_service_impl.cc,
servables/tensorflow/predict_impl.cc, http_server.cc, http_rest_api_handler.cc,
http_rest_api_util.cc (paths, JSON), get_model_status_impl.cc, and
servables/tensorflow/get_model_metadata_impl.cc.
"""

import json
import re
import urllib.parse
from http.server import BaseHTTPRequestHandler

import grpc
from google.protobuf import json_format
from tensorflow.core.protobuf import error_codes_pb2
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
# What libevent 2.1.12 sends where no handler takes a request: http.c,
# evhttp_send_error.
NOT_FOUND = (
    "<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>\n</HEAD><BODY>\n"
    "<H1>Not Found</H1>\n</BODY></HTML>\n"
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
            return self._send(404, NOT_FOUND, "text/html")
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

    def _send(self, code, text, kind="application/json"):
        data = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
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
        spec = model_pb2.ModelSpec(name=_spec(url).name)
        spec.version.value = number
        return json.dumps(
            {
                "model_spec": _json(spec),
                "metadata": {"signature_def": _json(signatures)},
            }
        )

    def _status(self, url):
        """All versions, or one; a label makes no difference."""
        spec = _spec(url)
        wanted = spec.version.value if spec.HasField("version") else None
        response = get_model_status_pb2.GetModelStatusResponse()
        for number, state in self.core.states(spec.name):
            if wanted in (None, number):
                response.model_version_status.add(
                    version=number,
                    state=state.name,
                    status={
                        "error_code": error_codes_pb2.Code.Value(state.status),
                        "error_message": state.error,
                    },
                )
        if not response.model_version_status:
            raise Refused(
                "NOT_FOUND",
                f"Could not find any versions of model {spec.name}"
                if wanted is None
                else f"Could not find version {wanted} of model {spec.name}",
            )
        return json_format.MessageToJson(
            response, always_print_fields_with_no_presence=True
        )

    def _predict(self, url, text):
        request = predict_pb2.PredictRequest(model_spec=_spec(url))
        rows = rest_json.fill(request, text, self._info)
        return json.dumps(rest_json.answer(predict(self.core, request), rows))

    def _info(self, spec):
        """HttpRestApiHandler::GetInfoMap."""
        _, servable = self.core.servable(spec)
        name = spec.signature_name or "serving_default"
        if name not in servable.signatures:
            raise Refused(
                "INVALID_ARGUMENT",
                f'Serving signature name: "{name}" not found in signature def',
            )
        return servable.signatures[name].inputs


def _json(message):
    """ToJsonString: fields of no value are written too."""
    return json_format.MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )


def _spec(url):
    """ParseModelInfo and FillModelSpecWithNameVersionAndLabel."""
    spec = model_pb2.ModelSpec(name=urllib.parse.unquote(url["name"]))
    if url["version"]:
        if int(url["version"]) >= 2**63:
            raise Refused(
                "INVALID_ARGUMENT",
                f"Failed to convert version: {url['version']} to numeric.",
            )
        spec.version.value = int(url["version"])
    elif url["label"]:
        spec.version_label = urllib.parse.unquote(url["label"])
    return spec
