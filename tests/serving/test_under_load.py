"""Deliver, label, promote, roll back and prune while clients ask."""

import collections
import shutil
import threading

import pytest

from cli import main
from modules.common.errors import UserError
from serving import labels
from serving.client import Client
from tests.support.serving import servers
from tests.support.serving.fixtures import NEW, OLD

ROOT, OTHER = "root", "elsewhere"


@pytest.fixture
def roots(serving_root, tmp_path):
    """A root that serves OLD, and another that has NEW to deliver."""
    for name, version in ((ROOT, OLD), (OTHER, NEW)):
        shutil.copytree(
            serving_root / "cifar10" / str(version),
            tmp_path / name / "serving" / "cifar10" / str(version),
        )
    return tmp_path


def cifar10(*arguments):
    with pytest.raises(SystemExit) as exit_info:
        main.main([*map(str, arguments)])
    assert not exit_info.value.code


def test_no_request_fails_while_versions_come_and_go(roots, pngs):
    root = roots / ROOT
    with servers.started("double", root / "serving") as server:
        answers = collections.Counter()
        done = threading.Event()

        def ask(transport):
            address = getattr(server, transport)
            with Client(address, transport=transport, timeout=5) as client:
                while not done.is_set():
                    try:
                        (found,) = client.predict(pngs[:1])
                        answers[round(found.probability, 4)] += 1
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
            cifar10("promote", *asked)
            servers.await_label(server.rest, NEW)
            cifar10("rollback", *asked)
            servers.await_label(server.rest, OLD)
            cifar10("label", OLD, "canary", *asked)
            cifar10("prune", "--keep", 1, "--root", root)
        finally:
            done.set()
            for thread in threads:
                thread.join()
    failed = [each for each in answers if isinstance(each, str)]
    assert failed == []
    assert len(answers) == 2, "both versions answered"
    assert min(answers.values()) > 3
    assert labels.read(root / "serving")["cifar10"]["stable"] == OLD
