"""A shortened run on real images; its gates are the floor on its accuracy."""

import subprocess
import sys

import pytest


@pytest.mark.real_data
@pytest.mark.timeout(1_800)
def test_a_short_run_reaches_its_gates(real_data, tmp_path):
    result = subprocess.run(
        [
            *(sys.executable, "-m", "pipeline.cli", "run"),
            *("--preset", "smoke", "--data", real_data, "--root", tmp_path),
        ],
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert result.returncode == 0
