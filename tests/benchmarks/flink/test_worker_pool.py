"""A worker pool that two TaskManagers share."""

import os

import pytest
from apache_beam.portability.api import beam_fn_api_pb2, endpoints_pb2
from apache_beam.runners.worker.worker_pool_main import (
    BeamFnExternalWorkerPoolServicer,
)

from benchmarks.flink.worker_pool import WorkerPool
from tests.support.flink.cluster import wait_until


@pytest.fixture
def living(tmp_path, monkeypatch):
    """Counts the workers: a `python` that writes its id, and sleeps."""
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/$$.id\nexec sleep 60\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def count():
        found = 0
        for file in tmp_path.glob("*.id"):
            try:
                os.kill(int(file.stem), 0)
            except ProcessLookupError:
                continue
            found += 1
        return found

    yield count
    for file in tmp_path.glob("*.id"):
        try:
            os.kill(int(file.stem), 9)
        except ProcessLookupError:
            continue


@pytest.mark.parametrize(
    ("pool", "left"),
    [
        (WorkerPool, 2),
        (BeamFnExternalWorkerPoolServicer, 1),  # Why there is another.
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_one_task_manager_does_not_stop_the_other_s_worker(living, pool, left):
    servicer = pool(use_process=True)
    for port in (1, 2):
        endpoint = endpoints_pb2.ApiServiceDescriptor(url=f"localhost:{port}")
        request = beam_fn_api_pb2.StartWorkerRequest(
            worker_id="1-1", control_endpoint=endpoint
        )
        assert not servicer.StartWorker(request, None).error
    wait_until(lambda: living() == 2, "the workers did not start")
    stop = beam_fn_api_pb2.StopWorkerRequest(worker_id="1-1")
    assert not servicer.StopWorker(stop, None).error
    assert living() == left
