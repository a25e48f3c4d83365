"""A disk that is full while Beam's workers write to it."""

import os
import shutil
import subprocess
import sys

import pytest

MOUNT = ["unshare", "--mount"]
"""Runs a command with mounts of its own, which end with it."""

mounting = pytest.mark.skipif(
    os.geteuid() != 0
    or shutil.which(MOUNT[0]) is None
    or subprocess.run([*MOUNT, "true"], check=False).returncode != 0,
    reason="mounting a small disk takes root",
)


@mounting
def test_a_full_disk_is_one_line_and_costs_nothing(tmp_path):
    """It used to wait for ever, since the log was on the full disk too."""
    command = [sys.executable, "-m", "tests.support.pipeline.full_disk"]
    run = subprocess.run(
        [*MOUNT, *command, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    first, second, third = run.stdout.split("running 1 components\n")[1:]
    assert "Fill: done" in first
    failed, why = second.splitlines()[1:]
    assert failed.startswith("Fill: failed, ")
    assert why.startswith("Fill failed: a disk is full; expected room in ")
    assert third.endswith("Fill: cached\n")
