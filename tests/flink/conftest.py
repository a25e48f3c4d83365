"""The run on this machine that all engines are compared with."""

import pytest

from tests.flink import runs


@pytest.fixture(scope="session")
def local(tmp_path_factory):
    root = tmp_path_factory.mktemp("local")
    runs.finish(runs.start(root))
    return root
