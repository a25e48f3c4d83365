"""A made-up server, and a file for it."""

import http.server
import threading

import pytest
import yaml

from kubeflow.client import package as packages
from tests.support.kubeflow.server import Server

COMMIT = "0123456789" * 4
SPEC = {
    "schemaVersion": "2.1.0",
    "pipelineInfo": {
        "name": "cifar10",
        "description": f"Images; commit {COMMIT}",
    },
    "root": {
        "inputDefinitions": {
            "parameters": {
                "seed": {
                    "parameterType": "NUMBER_INTEGER",
                    "defaultValue": 0,
                },
                "preset": {"parameterType": "STRING", "defaultValue": "cpu"},
                "data_uri": {"parameterType": "STRING", "defaultValue": "/d"},
                "data_digest": {
                    "parameterType": "STRING",
                    "defaultValue": "0" * 64,
                },
                "later": {"parameterType": "BOOLEAN", "defaultValue": False},
            }
        },
        "dag": {
            "tasks": {
                "Transform": {
                    "componentRef": {"name": "comp-Transform"},
                    "cachingOptions": {"enableCache": True},
                }
            }
        },
    },
    "deploymentSpec": {"executors": {"e": {"container": {"image": "x:1"}}}},
}
PLATFORM = {
    "platforms": {
        "kubernetes": {
            "deploymentSpec": {
                "executors": {
                    "e": {"podMetadata": {"labels": {"tfx-cifar10/seed": "0"}}}
                }
            }
        }
    }
}


@pytest.fixture
def api():
    state = {
        **{name: {} for name in ("posted", "workflow", "experiments")},
        **{name: {} for name in ("recurring", "pipelines")},
        **{name: [] for name in ("states", "history", "runs", "headers_seen")},
    }
    return type("Api", (Server,), {"refusal": "", **state})


@pytest.fixture
def host(api):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), api) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "cifar10.yaml"
    path.write_text(yaml.safe_dump_all([SPEC, PLATFORM]))
    return path


@pytest.fixture
def package(file):
    return packages.read(file)
