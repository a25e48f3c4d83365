"""Small servers that behave as a test says: over gRPC, REST, and TLS."""

import contextlib
import json
import socket
import ssl
import threading
import types
from concurrent import futures
from http.server import BaseHTTPRequestHandler, HTTPServer

import grpc
import numpy as np

from serving import predict_pb2 as wire

COLUMNS = {
    "probabilities": [[0.25, 0.75]],
    "class_id": [1],
    "class_name": ["cat"],
}
ROW = json.dumps({"outputs": COLUMNS}).encode()


def row(probabilities=(0.25, 0.75)):
    """A response for one image, a cat."""
    shape = [wire.TensorShape.Dim(size=n) for n in (1, len(probabilities))]
    response = wire.PredictResponse()
    values = response.outputs
    values["probabilities"].CopyFrom(
        wire.Tensor(
            dtype=wire.DT_FLOAT,
            tensor_shape=wire.TensorShape(dim=shape),
            tensor_content=np.array(probabilities, "<f4").tobytes(),
        )
    )
    one = wire.TensorShape(dim=shape[:1])
    values["class_id"].CopyFrom(
        wire.Tensor(dtype=wire.DT_INT64, tensor_shape=one, int64_val=[1])
    )
    values["class_name"].CopyFrom(
        wire.Tensor(dtype=wire.DT_STRING, tensor_shape=one, string_val=[b"cat"])
    )
    return response


@contextlib.contextmanager
def grpc_server(behaviour, *, host="127.0.0.1", port=0, credentials=None):
    """A server whose Predict is `behaviour(request, context)`."""
    method = grpc.unary_unary_rpc_method_handler(
        behaviour,
        response_serializer=wire.PredictResponse.SerializeToString,
    )
    service = "tensorflow.serving.PredictionService"
    handler = grpc.method_handlers_generic_handler(service, {"Predict": method})
    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[handler])
    address = f"[{host}]" if ":" in host else host
    port = (
        server.add_secure_port(f"{address}:{port}", credentials)
        if credentials
        else server.add_insecure_port(f"{address}:{port}")
    )
    server.start()
    yield f"{address}:{port}"
    server.stop(None).wait()


@contextlib.contextmanager
def rest_server(
    behaviour, seen=None, *, host="127.0.0.1", port=0, context=None
):
    """A server whose POST is `behaviour()`: a status and a body.

    What is asked is added to `seen`.
    """
    seen = [] if seen is None else seen

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            """Says nothing."""

        def do_POST(self):
            seen.append(
                types.SimpleNamespace(
                    path=self.path,
                    headers={k.lower(): v for k, v in self.headers.items()},
                )
            )
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = behaviour()
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = type("Server", (HTTPServer,), {"address_family": family})
    server = kind((host, port), Handler)
    server.handle_error = lambda *_: None  # A handshake that fails is wanted.
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(
        target=lambda: server.serve_forever(0.01), daemon=True
    ).start()
    address = f"[{host}]" if ":" in host else host
    yield f"{address}:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def recording(transport, seen, **where):
    """A server that answers with a cat, and adds what is asked to `seen`."""

    def behaviour(_, context):
        headers = dict(context.invocation_metadata())
        seen.append(types.SimpleNamespace(headers=headers))
        return row()

    with (
        grpc_server(behaviour, **where)
        if transport == "grpc"
        else rest_server(lambda: (200, ROW), seen, **where)
    ) as address:
        yield address


@contextlib.contextmanager
def tls(transport, folder):
    """A server that wants a client certificate; its port on localhost."""
    key, certificate, authority = (
        (folder / name).read_bytes()
        for name in ("server.key", "server.pem", "ca.pem")
    )
    credentials = grpc.ssl_server_credentials(
        [(key, certificate)], authority, require_client_auth=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with (
        grpc_server(lambda *_: row(), credentials=credentials)
        if transport == "grpc"
        else rest_server(lambda: (200, ROW), context=context)
    ) as address:
        yield address.rpartition(":")[2]


def has_ipv6():
    """Whether this machine has an IPv6 loopback."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
