"""A function in a process of its own: its log, its errors, its end."""

import logging
import os
import signal
import subprocess
import sys
import time

import pytest

from modules.common.errors import UserError
from modules.multi_worker import own_process

PARENT = """
import sys
from modules.multi_worker import own_process
from tests.modules.multi_worker import test_own_process
own_process.run(test_own_process.wait_in, sys.argv[1])
"""


def say(text):
    logging.getLogger("somebody").info("%s", text)


def refuse(text):
    raise UserError(text)


def fail():
    raise KeyError("x")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def wait_in(file):
    with open(file, "w") as opened:
        opened.write(str(os.getpid()))
    time.sleep(600)


def test_its_log_is_this_ones(caplog):
    with caplog.at_level(logging.INFO):
        own_process.run(say, "hello")
    assert ("somebody", logging.INFO, "hello") in caplog.record_tuples


def test_a_mistake_of_the_user_is_raised_as_one():
    with pytest.raises(UserError, match="no such file"):
        own_process.run(refuse, "no such file")


def test_any_other_error_is_raised_and_logged(caplog):
    with pytest.raises(RuntimeError, match="KeyError: 'x'"):
        own_process.run(fail)
    assert "fail failed" in caplog.text
    assert "Traceback" in caplog.text


def test_a_process_that_is_killed_is_told():
    with pytest.raises(own_process.Died, match="die was killed"):
        own_process.run(die)


def test_it_ends_with_this_process(tmp_path):
    file = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(file)])
    deadline = time.monotonic() + 60
    while not (file.exists() and file.read_text()):
        assert parent.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    child = int(file.read_text())
    while not ended(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ended(pid):
    """Whether a process is gone, or a zombie that nobody has waited for."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
