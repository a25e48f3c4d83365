"""What holds for all tests."""

import signal

import pytest

pytest_plugins = ["tests.support.serving.fixtures"]

# Fixtures that cost a run or a server: `make test` has two processes, and the
# files that use such a fixture stay in one, which makes it once.
SHARED = ("first_run", "server")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Says what stays in one process; the longest, the runs, come first."""
    groups = {item.path: item.nodeid.partition("::")[0] for item in items}
    for item in items:
        for shared in SHARED:
            if shared in item.fixturenames:
                groups[item.path] = shared
    for item in items:
        item.add_marker(pytest.mark.xdist_group(groups[item.path]))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: "end_to_end" not in item.path.parts)


@pytest.fixture(scope="session", autouse=True)
def _interruptible():
    """A shell's background job ignores SIGINT; the tests of it must not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory):
    """No test reads or fills the user's cache, nor does what it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
