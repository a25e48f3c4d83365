"""`cifar10 kubeflow submit`: the real client against a made-up server."""

import http.server
import json
import threading

import pytest
import yaml
from rich.console import Console

from kubeflow import submit as submitting
from modules.errors import UserError

SPEC = {
    "schemaVersion": "2.1.0",
    "pipelineInfo": {"name": "cifar10"},
    "root": {"dag": {"tasks": {}}},
    "deploymentSpec": {"executors": {}},
}


class Server(http.server.BaseHTTPRequestHandler):
    """As much of Kubeflow's API as a submission needs."""

    refusal: str = ""
    states: list[str]
    posted: dict

    def do_GET(self):
        if self.path.startswith("/apis/v2beta1/runs/"):
            self.answer(self.run(type(self).states.pop(0)))
        else:
            self.answer({"experiments": []})

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        if not self.path.startswith("/apis/v2beta1/runs"):
            self.answer({"experiment_id": "e"})
        elif self.refusal:
            self.answer({"message": self.refusal}, status=400)
        else:
            type(self).posted = body
            self.answer(self.run("PENDING"))

    def run(self, state):
        tasks = [
            {"display_name": "Transform", "state": state},
            {"display_name": "Transform-driver", "state": state},
        ]
        details = {"run_id": "r", "state": state}
        details["run_details"] = {"task_details": tasks}
        if state == "FAILED":
            details["error"] = {"message": "a step failed"}
        return details

    def answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def api():
    return type("Api", (Server,), {"states": [], "posted": {}})


@pytest.fixture
def host(api):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "cifar10.yaml"
    path.write_text(yaml.safe_dump(SPEC))
    return path


def submit(file, host, *, wait=False, pipeline_root=None):
    return submitting.submit(
        file,
        host=host,
        pipeline_root=pipeline_root,
        wait=wait,
        screen=Console(),
        poll_seconds=0,
    )


def test_a_run_is_created_and_its_link_printed(api, host, file, capsys):
    assert submit(file, host, pipeline_root="minio://b/p")
    assert capsys.readouterr().out == f"{host}/#/runs/details/r\n"
    assert api.posted["runtime_config"]["pipeline_root"] == "minio://b/p"
    sent = api.posted["pipeline_spec"]
    assert sent["pipelineInfo"] == SPEC["pipelineInfo"]


@pytest.mark.parametrize(
    ("end", "succeeded", "last_line"),
    [
        ("SUCCEEDED", True, "run: succeeded"),
        ("FAILED", False, "run: failed: a step failed"),
        ("CANCELED", False, "run: canceled"),
    ],
)
def test_a_run_is_watched_to_its_end(
    api, host, file, capsys, end, succeeded, last_line
):
    api.states = ["RUNNING", "RUNNING", end]
    assert submit(file, host, wait=True) == succeeded
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Transform: running",
        f"Transform: {end.lower()}",
        last_line,
    ]


def test_what_the_server_refuses_is_its_own_sentence(api, host, file):
    api.refusal = "the pipeline root is not writable"
    with pytest.raises(UserError, match=r"root is not writable$"):
        submit(file, host)


def test_a_host_that_is_not_there_is_one_line(file):
    with pytest.raises(UserError, match=r"cannot reach .*127\.0\.0\.1:9"):
        submit(file, "http://127.0.0.1:9")


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match="kubeflow compile"):
        submit(tmp_path / "none.yaml", "http://127.0.0.1:9")
