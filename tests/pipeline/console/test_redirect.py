"""The chatter goes to the log file, the console's lines do not."""

import logging
import os
import subprocess
import sys

from pipeline.console import redirect


def chatter():
    """Speaks in each way that the TFX stack does."""
    print("print")
    print("print to stderr", file=sys.stderr)
    os.write(1, b"C++ stdout\n")
    os.write(2, b"C++ stderr\n")
    subprocess.run(["echo", "child"], check=True)
    logging.getLogger(__name__).info("a log record")


def test_all_chatter_goes_to_the_log_and_the_console_to_the_screen(
    tmp_path, capfd
):
    log = tmp_path / "run.log"
    with redirect.terminal() as screen:
        with redirect.output_to(log):
            chatter()
            screen.print("a line of the console")
        screen.print("another")
    print("after")

    out, err = capfd.readouterr()
    assert out == "a line of the console\nanother\nafter\n"
    assert err == ""
    for line in (
        "print",
        "print to stderr",
        "C++ stdout",
        "C++ stderr",
        "child",
        "a log record",
    ):
        assert line in log.read_text()


def test_the_streams_come_back_after_an_error(tmp_path, capfd):
    try:
        with redirect.output_to(tmp_path / "run.log"):
            raise ValueError
    except ValueError:
        print("back")
    assert capfd.readouterr().out == "back\n"


def test_a_log_is_added_to_and_never_cut(tmp_path):
    log = tmp_path / "run.log"
    for line in (b"first\n", b"second\n"):
        with redirect.output_to(log):
            os.write(1, line)
    assert log.read_text() == "first\nsecond\n"


def test_a_reader_that_goes_away_ends_nothing(tmp_path):
    """As `cifar10 run | head -1`: a line is read, then nobody listens."""
    code = f"""
import pathlib
from pipeline.console import redirect
with redirect.terminal() as screen:
    with redirect.output_to(pathlib.Path({str(tmp_path / "log")!r})):
        for i in range(10_000):
            screen.print(f"line {{i}}")
            screen.file.flush()
        pathlib.Path({str(tmp_path / "done")!r}).touch()
"""
    writer = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout.readline() == "line 0\n"
    writer.stdout.close()
    assert writer.wait(60) == 0
    assert (tmp_path / "done").exists()
    assert (tmp_path / "log").read_text().count("output was closed") == 1
