"""Pipelines in a process of their own, and what is known of one that dies."""

import os
import signal
import time

import pytest

from benchmarks.data_plane import apart

LARGE = 200_000_000


def two_components(observer):
    """Then once more, as after a failure: the first is in the cache."""
    print("KerasTuner has something to say")
    observer.node_started("Importer")
    observer.node_finished("Importer", cached=True)
    observer.node_started("First")
    held = b"1" * LARGE
    time.sleep(0.5)
    observer.node_finished("First", cached=False)
    del held
    observer.node_started("First")
    observer.node_finished("First", cached=True)
    observer.node_started("Second")
    time.sleep(0.5)
    observer.node_finished("Second", cached=False)
    return "written"


def killed(observer):
    """The kernel's way to end a process that uses up the memory."""
    observer.node_started("First")
    observer.node_finished("First", cached=False)
    observer.node_started("Second")
    os.kill(os.getpid(), signal.SIGKILL)


def waiting(observer):
    """Works for longer than the patience lasts, then waits for ever."""
    observer.node_started("First")
    end = time.monotonic() + 3
    while time.monotonic() < end:
        pass
    observer.node_finished("First", cached=False)
    observer.node_started("Second")
    time.sleep(60)


def failing(observer):
    """An error of the pipeline's own."""
    observer.node_started("First")
    raise ValueError("no such image")


def test_each_component_has_its_time_and_its_memory(capfd):
    found = apart.run(two_components)
    assert found.value == "written"
    assert found.ended_in is None
    assert list(found.seconds) == list(found.peaks) == ["First", "Second"]
    assert min(found.seconds.values()) >= 0.5
    assert found.peaks["First"] > found.peaks["Second"] + LARGE / 2
    assert capfd.readouterr().out == ""  # Only the table is printed.


def test_a_process_that_is_killed_says_in_which_component():
    found = apart.run(killed)
    assert found.ended_in == "Second"
    assert list(found.seconds) == ["First"]


def test_one_that_does_nothing_is_ended(monkeypatch):
    monkeypatch.setattr(apart, "_PATIENCE", 2.0)
    found = apart.run(waiting)
    assert found.ended_in == "Second"
    assert found.stalled == {"Second"}
    assert list(found.seconds) == ["First"]


def test_a_process_that_fails_is_an_error(capfd):
    with pytest.raises(RuntimeError, match="exit code 1 in First"):
        apart.run(failing)
    assert "no such image" in capfd.readouterr().err
