"""A worker pool that two TaskManagers share: none stops the other's worker."""

import concurrent.futures
import contextlib
import os
import queue
import threading

import grpc
import pytest
from apache_beam.portability.api import (
    beam_fn_api_pb2,
    beam_fn_api_pb2_grpc,
    endpoints_pb2,
)
from apache_beam.runners.worker import worker_pool_main

from pipeline.runner import worker_pool
from pipeline.runner.worker_pool import WorkerPool
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


BEAMS = worker_pool_main.BeamFnExternalWorkerPoolServicer
"""Shows that there is something to mend: when it has, ours can go."""


def start(servicer, address):
    request = beam_fn_api_pb2.StartWorkerRequest(
        worker_id="1-1",
        control_endpoint=endpoints_pb2.ApiServiceDescriptor(url=address),
    )
    assert not servicer.StartWorker(request, None).error


def stop(servicer):
    request = beam_fn_api_pb2.StopWorkerRequest(worker_id="1-1")
    assert not servicer.StopWorker(request, None).error


@pytest.mark.parametrize(("pool", "left"), [(WorkerPool, 2), (BEAMS, 1)])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_workers_that_are_processes(living, pool, left):
    servicer = pool(use_process=True)
    for port in (1, 2):
        start(servicer, f"localhost:{port}")
    wait_until(lambda: living() == 2, "the workers did not start")
    stop(servicer)
    assert living() == left


class TaskManager(beam_fn_api_pb2_grpc.BeamFnControlServicer):
    """What a TaskManager's worker is asked by, and answers.

    As `BeamFnControl` in model/fn-execution/…/beam_fn_api.proto, Beam 2.77.
    """

    def __init__(self):
        self._requests, self._answers = queue.Queue(), queue.Queue()

    def Control(self, answers, _):
        threading.Thread(
            target=self._collect, args=(answers,), daemon=True
        ).start()
        while (request := self._requests.get()) is not None:
            yield request

    def _collect(self, answers):
        with contextlib.suppress(grpc.RpcError):
            for answer in answers:
                self._answers.put(answer)

    def answers(self):
        """Whether the worker answers to a request."""
        request = beam_fn_api_pb2.InstructionRequest(
            instruction_id="ask",
            harness_monitoring_infos=(
                beam_fn_api_pb2.HarnessMonitoringInfosRequest()
            ),
        )
        self._requests.put(request)
        with contextlib.suppress(queue.Empty):
            return self._answers.get(timeout=3).instruction_id == "ask"
        return False

    def close(self):
        self._requests.put(None)


@contextlib.contextmanager
def serving(task_manager):
    """The address of its control service."""
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    beam_fn_api_pb2_grpc.add_BeamFnControlServicer_to_server(
        task_manager, server
    )
    port = server.add_insecure_port("localhost:0")
    server.start()
    try:
        yield f"localhost:{port}"
    finally:
        task_manager.close()
        server.stop(None)


@pytest.mark.parametrize(
    ("pool", "answers"), [(WorkerPool, True), (BEAMS, False)]
)
def test_workers_that_are_threads(pool, answers):
    one, other = TaskManager(), TaskManager()
    servicer = pool()
    with serving(one) as first, serving(other) as second:
        start(servicer, first)
        start(servicer, second)
        assert one.answers()
        assert other.answers()
        stop(servicer)  # The first one is done.
        assert other.answers() == answers


def test_loopback_has_it_while_a_run_lasts():
    with worker_pool.in_use():
        assert worker_pool_main.BeamFnExternalWorkerPoolServicer is WorkerPool
    assert worker_pool_main.BeamFnExternalWorkerPoolServicer is BEAMS
