"""The memory that is left, of the system's and of a container's."""

import pytest

from modules.common import memory

MEMINFO = "MemTotal: 2000 kB\nMemFree: 1 kB\nMemAvailable: 1000 kB\n"


@pytest.fixture
def system(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text(MEMINFO)
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    return tmp_path


def test_it_is_what_the_system_can_give(system):
    assert memory.available() == 1000 << 10


@pytest.mark.parametrize(
    ("limit", "used", "left"),
    [
        ("max\n", "5000\n", 1000 << 10),
        ("600000\n", "500000\n", 100_000),
        ("600000\n", "700000\n", 0),
        ("99999999999\n", "0\n", 1000 << 10),
    ],
)
def test_a_container_has_a_limit_of_its_own(system, limit, used, left):
    (system / "memory.max").write_text(limit)
    (system / "memory.current").write_text(used)
    assert memory.available() == left


def test_here_it_is_something(monkeypatch):
    assert 1 << 20 < memory.available() < 1 << 50
