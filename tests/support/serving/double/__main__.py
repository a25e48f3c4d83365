"""Starts the double; see the package."""

import argparse
import json
import pathlib
import sys
import threading
from concurrent import futures
from http.server import ThreadingHTTPServer

import grpc
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.versions import labels
from tests.support.serving.double.apis import Handler, Servicer
from tests.support.serving.double.core import ServerCore
from tests.support.serving.double.status import Refused

HOST = "127.0.0.1"


def serve(core, grpc_port=0, rest_port=0):
    """Starts both servers; returns the gRPC one and their ports."""
    options = [
        ("grpc.max_receive_message_length", -1),
        ("grpc.so_reuseport", 0),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(16), options=options)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        Servicer(core), server
    )
    grpc_port = server.add_insecure_port(f"{HOST}:{grpc_port}")
    handler = type("Bound", (Handler,), {"core": core})
    rest = ThreadingHTTPServer((HOST, rest_port), handler)
    server.start()
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    return server, {"grpc": grpc_port, "rest": rest.server_address[1]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("serving_root", type=pathlib.Path)
    parser.add_argument("--grpc", type=int, default=0)
    parser.add_argument("--rest", type=int, default=0)
    parser.add_argument("--poll", type=float, default=0.2, help="seconds")
    parser.add_argument("--retries", type=int, default=5, help="of a load")
    parser.add_argument("--retry-interval", type=float, default=1.0)
    chosen = parser.parse_args()
    core = ServerCore(
        chosen.serving_root / labels.FILE_NAME,
        chosen.retries,
        chosen.retry_interval,
    )
    try:
        core.start(chosen.poll)
    except Refused as error:
        sys.exit(f"{error.status}: {error}")
    server, ports = serve(core, chosen.grpc, chosen.rest)
    print(json.dumps(ports), flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
