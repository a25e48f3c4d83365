"""Pipelines in a process of their own, and what is known of one that dies."""

import os
import signal
import time

import pytest

from benchmarks.data_plane import apart

LARGE = 200_000_000


def two_components(observer, cached):
    """The first is run twice, the second time perhaps from the cache."""
    print("KerasTuner has something to say")
    for again in (False, cached):
        observer.node_started("First")
        held = b"1" * LARGE
        time.sleep(0.5)
        observer.node_finished("First", cached=again)
        del held
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


def failing(observer):
    """An error of the pipeline's own."""
    observer.node_started("First")
    raise ValueError("no such image")


def test_each_component_has_its_time_and_its_memory():
    found = apart.run(two_components, False)
    assert found.value == "written"
    assert found.ended_in is None
    assert list(found.seconds) == ["First", "Second"]
    assert min(found.seconds.values()) >= 0.5
    assert found.peaks["First"] > found.peaks["Second"] + LARGE / 2


def test_what_comes_from_the_cache_has_no_time(capfd):
    found = apart.run(two_components, True)
    assert list(found.seconds) == list(found.peaks) == ["Second"]
    assert capfd.readouterr().out == ""  # Only the table is printed.


def test_a_process_that_is_killed_says_in_which_component():
    found = apart.run(killed)
    assert found.ended_in == "Second"
    assert list(found.seconds) == ["First"]


def test_a_process_that_fails_is_an_error(capfd):
    with pytest.raises(RuntimeError, match="exit code 1 in First"):
        apart.run(failing)
    assert "no such image" in capfd.readouterr().err
