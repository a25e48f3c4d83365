"""A canary is judged by agreement, shift and latency."""

import json
import time

import pytest

from cli import main
from modules.common.errors import UserError
from serving.predictions import BadImage, Prediction
from serving.quality.canary import Comparison, Limits, compare
from tests.support.serving.fixtures import pushed

IMAGES = [(f"{n}.png", bytes([n])) for n in range(4)]
LIMITS = Limits(agreement=0.9, shift=0.1, latency=1.5)


class Model:
    """Says `cat` with this probability; refuses what it is told to."""

    def __init__(self, cat, refuses=(), seconds=0.0):
        self._cat, self._refuses, self._seconds = cat, refuses, seconds

    def predict(self, images):
        time.sleep(self._seconds)
        for place, image in enumerate(images):
            if image in self._refuses:
                raise BadImage(place, "is bad")
        row = (self._cat, 1 - self._cat)
        return [Prediction("cat", int(self._cat < 0.5), row)] * len(images)


def judged(stable, canary):
    return compare(stable, canary, IMAGES, batch_size=3, rounds=2)


def test_equal_versions_agree():
    found = judged(Model(0.7, seconds=0.01), Model(0.7, seconds=0.01))
    assert (found.images, found.agreement, found.shift) == (4, 1.0, 0.0)
    assert found.stable_ms == pytest.approx(found.canary_ms, rel=0.5)
    assert found.faults(LIMITS) == []


def test_probabilities_may_shift_while_classes_agree():
    found = judged(Model(0.9), Model(0.6))
    assert found.agreement == 1
    assert found.shift == pytest.approx(0.3)
    assert any("shift 0.3000 is above 0.1" in f for f in found.faults(LIMITS))


def test_another_class_is_no_agreement():
    found = judged(Model(0.6), Model(0.4))
    assert found.agreement == 0
    assert "agreement 0.0000 is below 0.9" in found.faults(LIMITS)


def test_a_slow_canary_is_a_fault():
    found = Comparison(4, 1.0, 0.0, stable_ms=2.0, canary_ms=4.0)
    (fault,) = found.faults(LIMITS)
    assert "2.00 times" in fault


def test_an_image_that_one_refuses_counts_and_one_that_both_do_does_not():
    bad, odd = IMAGES[0][1], IMAGES[1][1]
    found = judged(Model(0.7, {bad}), Model(0.7, {bad, odd}))
    assert found.images == 3
    assert found.agreement == pytest.approx(2 / 3)
    everything = {image for _, image in IMAGES}
    with pytest.raises(UserError, match="none of the images"):
        judged(Model(0.7, everything), Model(0.7, everything))


@pytest.fixture
def canary(server, pngs, tmp_path, capsys, monkeypatch):
    """Runs `cifar10 canary` on a folder: its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)  # Where nothing was run.
    for number, png in enumerate(pngs):
        (tmp_path / f"{number}.png").write_bytes(png)
    (tmp_path / "photo.heic").touch()

    def run(*options):
        with pytest.raises(SystemExit) as exit_info:
            main.main(
                [
                    *("canary", str(tmp_path), "--server", server.grpc),
                    *("--rounds", "1", "--max-latency", "1000", "--json"),
                    *map(str, options),
                ]
            )
        return exit_info.value.code or 0, *capsys.readouterr()

    return run


def test_the_command_compares_two_labels(canary, pngs, tmp_path):
    code, out, err = canary("--min-agreement", 0, "--max-shift", 1)
    found = json.loads(out)
    assert (code, found["images"], found["faults"]) == (0, len(pngs), [])
    assert found["shift"] > 0
    skipped = tmp_path / "photo.heic"
    assert err == f"skipped, neither PNG nor JPEG: {skipped}\n"
    code, out, _ = canary("--min-agreement", 0, "--max-shift", 0)
    assert code == 3
    assert "shift" in json.loads(out)["faults"][0]


def test_the_model_is_the_roots_only_one(canary, tmp_path):
    pushed(tmp_path / "root" / "serving" / "rose" / "1")
    code, _, err = canary("--root", tmp_path / "root")
    assert code == 1
    assert "there is no rose" in err
