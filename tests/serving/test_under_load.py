"""Deliver, compare, promote, roll back and prune while clients ask."""

import collections
import shutil
import threading
import time

import pytest

from cli import main
from modules.common.errors import UserError
from serving.client import Client
from serving.versions import labels
from tests.support.serving import servers
from tests.support.serving.fixtures import NEW, OLD

ROOT, OTHER = "root", "elsewhere"
# Both versions have random weights, on a machine that may be very busy: a slow
# answer is no failed one.
TIMEOUT = 60
LIMITS = ["--min-agreement", 0, "--max-shift", 1, "--max-latency", 1000]
LIMITS += ["--timeout", TIMEOUT]


@pytest.fixture
def roots(serving_root, tmp_path, monkeypatch):
    """A root that serves OLD, and another that has NEW to deliver."""
    for name, version in ((ROOT, OLD), (OTHER, NEW)):
        shutil.copytree(
            serving_root / "cifar10" / str(version),
            tmp_path / name / "serving" / "cifar10" / str(version),
        )
    monkeypatch.chdir(tmp_path)  # Where nothing was run.
    return tmp_path


def cifar10(*arguments):
    with pytest.raises(SystemExit) as exit_info:
        main.main([*map(str, arguments)])
    assert not exit_info.value.code


def rounded(probability):
    """What both transports say of it."""
    return round(probability, 5)


def await_more(answers, count=4, limit=2 * TIMEOUT):
    """Waits for more answers, so that each step is seen by requests."""
    wanted = answers.total() + count
    deadline = time.monotonic() + limit
    while answers.total() < wanted:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_no_request_fails_while_versions_come_and_go(roots, pngs):
    root = roots / ROOT
    images = roots / "images"
    images.mkdir()
    (images / "0.png").write_bytes(pngs[0])
    with servers.started("double", root / "serving") as server:
        with Client(server.grpc, timeout=4 * TIMEOUT) as client:
            client.predict(pngs[:1])  # These models have no warm-up requests.
        answers: collections.Counter = collections.Counter()
        done = threading.Event()

        def ask(transport):
            address = getattr(server, transport)
            with Client(
                address, transport=transport, timeout=TIMEOUT
            ) as client:
                while not done.is_set():
                    try:
                        (found,) = client.predict(pngs[:1])
                        answers[tuple(map(rounded, found.probabilities))] += 1
                    except UserError as error:
                        answers[f"failed: {error}"] += 1

        threads = [
            threading.Thread(target=ask, args=[transport])
            for transport in ("grpc", "rest")
        ]
        for thread in threads:
            thread.start()
        try:
            asked = ["--root", root, "--server", server.rest]
            cifar10("deliver", NEW, root, "--root", roots / OTHER)
            cifar10("label", NEW, "canary", *asked)
            servers.await_label(server.rest, NEW, "canary")
            cifar10("canary", images, "--server", server.grpc, *LIMITS)
            cifar10("promote", *asked)
            servers.await_label(server.rest, NEW)
            await_more(answers)
            cifar10("rollback", *asked)
            servers.await_label(server.rest, OLD)
            await_more(answers)
            cifar10("label", OLD, "canary", *asked)
            cifar10("prune", "--keep", 1, "--root", root)
            await_more(answers)
        finally:
            done.set()
            for thread in threads:
                thread.join()
    failed = [each for each in answers if isinstance(each, str)]
    assert failed == []
    assert len(answers) == 2, "both versions answered"
    assert labels.read(root / "serving")["cifar10"]["stable"] == OLD
