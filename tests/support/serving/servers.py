"""Servers to test against: the double, and the real one where there is one."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
import types
import urllib.request
from pathlib import Path

from serving.versions import labels

IMAGE = "tensorflow/serving:2.20.0"


REPOSITORY = Path(__file__).parents[3]
DOUBLE = "tests.support.serving.double"


def available():
    """The kinds of server that can be started here."""
    kinds = ["double"]
    if shutil.which("tensorflow_model_server"):
        kinds.append("binary")
    if shutil.which("docker"):
        found = subprocess.run(
            ["docker", "image", "inspect", IMAGE],
            capture_output=True,
            check=False,
        )
        kinds += ["docker"] * (found.returncode == 0)
    return kinds


@contextlib.contextmanager
def started(kind, serving_root, model="cifar10"):
    """A server on `serving_root`: its addresses by transport, and its PID."""
    with STARTERS[kind](serving_root) as (process, ports):
        try:
            _await_ready(process, ports["rest"], model)
            yield types.SimpleNamespace(
                grpc=f"127.0.0.1:{ports['grpc']}",
                rest=f"127.0.0.1:{ports['rest']}",
                pid=process.pid,
            )
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextlib.contextmanager
def _double(serving_root):
    labels.complete(serving_root)
    command = [
        sys.executable,
        "-m",
        DOUBLE,
        serving_root,
    ]
    process = subprocess.Popen(
        [*map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=REPOSITORY,  # Wherever the test is.
    )
    yield process, json.loads(process.stdout.readline())


@contextlib.contextmanager
def _binary(serving_root):
    ports = {"grpc": _free_port(), "rest": _free_port()}
    config = labels.complete(serving_root, mount=str(serving_root))
    flags = {
        "port": ports["grpc"],
        "rest_api_port": ports["rest"],
        "model_config_file": config,
        "model_config_file_poll_wait_seconds": 1,
        "allow_version_labels_for_unavailable_models": "true",
    }
    command = ["tensorflow_model_server"]
    command += [f"--{name}={value}" for name, value in flags.items()]
    yield subprocess.Popen(command, stderr=subprocess.DEVNULL), ports


@contextlib.contextmanager
def _docker(serving_root):
    ports = {"grpc": _free_port(), "rest": _free_port()}
    config = labels.complete(serving_root)
    command = ["docker", "run", "--rm", "--init"]
    for inner, outer in ((8500, ports["grpc"]), (8501, ports["rest"])):
        command += ["--publish", f"127.0.0.1:{outer}:{inner}"]
    command += ["--volume", f"{serving_root}:{labels.MOUNT}:ro", IMAGE]
    command += [f"--model_config_file={labels.MOUNT}/{config.name}"]
    command += ["--model_config_file_poll_wait_seconds=1"]
    command += ["--allow_version_labels_for_unavailable_models=true"]
    yield subprocess.Popen(command, stderr=subprocess.DEVNULL), ports


STARTERS = {"double": _double, "binary": _binary, "docker": _docker}


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _await_ready(process, port, model, limit=120):
    url = f"http://127.0.0.1:{port}/v1/models/{model}/labels/stable/metadata"
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server has ended"
        with contextlib.suppress(OSError), urllib.request.urlopen(url):
            return
        time.sleep(0.2)
    raise AssertionError(f"nothing at {url} within {limit} s")


def await_label(rest, version, label="stable", limit=30):
    """Waits until the label of cifar10 is on the version."""
    url = f"http://{rest}/v1/models/cifar10/labels/{label}/metadata"
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(url) as found:
            if json.load(found)["model_spec"]["version"] == str(version):
                return
        time.sleep(0.1)
    raise AssertionError(f"{label} is not on {version} within {limit} s")
