"""A shortened run on real images, with a floor on its accuracy."""

import json
import subprocess
import sys

import pytest

from tests.support import browser

# The smoke preset has reached 0.744 on the JPEG copy.
FLOOR = 0.70


@pytest.mark.real_data
@pytest.mark.timeout(1_800)
def test_a_short_run_reaches_its_floor(real_data, tmp_path):
    result = subprocess.run(
        [
            *(sys.executable, "-m", "cli.main", "run"),
            *("--preset", "smoke", "--data", real_data, "--root", tmp_path),
        ],
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert result.returncode == 0
    (report,) = (tmp_path / "logs").glob("*.json")
    outcome = json.loads(report.read_text())
    assert not outcome["sample"]
    assert outcome["test_images"] == 10_000
    assert outcome["accuracy"] >= FLOOR
    with browser.chromium() as driver:
        for size in (browser.PHONE, browser.DESKTOP):
            report = tmp_path / "report.html"
            browser.look(driver, report, size).require_flawless()
