"""The load and soak tests, on a server and on things that can be known."""

import json
import threading
import time

import pytest

from benchmarks import load, serving_load, serving_overhead, serving_soak
from modules.common.errors import UserError
from serving.predictions import BadImage, Prediction

RIGHT = Prediction("cat", 0, (0.75, 0.25))


@pytest.fixture
def images(tmp_path, pngs):
    for number, png in enumerate(pngs):
        (tmp_path / f"{number}.png").write_bytes(png)
    return tmp_path


@pytest.mark.parametrize("transport", ["grpc", "rest"])
@pytest.mark.parametrize("loop", [["--clients", "2"], ["--rate", "20"]])
def test_a_load_prints_latencies_and_throughput(
    server, images, transport, loop, capsys
):
    serving_load.main(
        [
            *(str(images), "--server", getattr(server, transport)),
            *("--transport", transport, "--seconds", "1", *loop),
            *("--batch-size", "1", "4"),
        ]
    )
    small, large = map(json.loads, capsys.readouterr().out.splitlines())
    assert (small["batch_size"], large["batch_size"]) == (1, 4)
    for figures in (small, large):
        assert figures["failed"] == 0
        assert figures["answered"] > 0
        latency = figures["latency_ms"]
        assert 0 < latency["p50"] <= latency["p99"] <= latency["max"]


def test_a_soak_passes_on_a_server_that_serves(server, images, capsys):
    code = serving_soak.main(
        [
            *(str(images), "--server", server.grpc, "--pid", str(server.pid)),
            *("--minutes", "0.1", "--malformed", "0.2"),
        ]
    )
    figures = json.loads(capsys.readouterr().out)
    assert set(figures["requests"]) == {"right", "refused"}
    assert 0.05 < figures["malformed_share"] < 0.5
    assert code == (0 if figures["rss_growth"] <= serving_soak.FLAT else 1)


class Answers:
    """A client whose answers, after the first, are `later`'s."""

    def __init__(self, later):
        self._answer = lambda images: [RIGHT] * len(images)
        self._later = later

    def predict(self, images):
        answer, self._answer = self._answer, self._later
        return answer(images)


def always(prediction):
    return lambda images: [prediction] * len(images)


def refuse(index):
    def answer(_):
        raise BadImage(index, "is bad")

    return answer


def fail(_):
    raise UserError("no server")


@pytest.mark.parametrize(
    ("later", "share", "outcome"),
    [
        (always(RIGHT), 0.0, "right"),
        (always(Prediction("dog", 1, (0.25, 0.75))), 0.0, "wrong"),
        (always(Prediction("cat", 0, (0.7, 0.3))), 0.0, "wrong"),
        (always(RIGHT), 1.0, "not refused"),
        (refuse(0), 0.0, "refused wrongly"),
        (refuse(99), 1.0, "refused wrongly"),
        (fail, 0.0, "failed: no server"),
    ],
)
def test_a_soak_knows_right_from_wrong(pngs, later, share, outcome):
    soaking = serving_soak.Soak(Answers(later), pngs[:1], share)
    soaking.work(seed=0, end=time.monotonic() + 0.05)
    assert set(soaking.outcomes) == {outcome}


def test_growth_is_what_is_gained_after_the_warm_up():
    assert serving_soak.growth([100.0] * 20 + [200.0] * 80) == 0
    assert serving_soak.growth([float(mib) for mib in range(100, 200)]) > 0.4


def test_an_open_loop_counts_the_wait_of_a_request_that_was_due():
    """One at a time, 20 ms each, due every 10 ms: they queue up."""
    lock = threading.Lock()

    def ask():
        with lock:
            time.sleep(0.02)

    report = load.open_loop(ask, rate=100, seconds=0.5)
    assert report.latency_ms["p50"] > 60


def test_a_closed_loop_counts_errors_apart():
    def ask():
        time.sleep(0.01)
        raise UserError("no")

    report = load.closed_loop(ask, clients=2, seconds=0.1)
    assert report.answered == 0
    assert report.errors == {"UserError: no": report.failed}
    assert report.failed >= 4


@pytest.mark.parametrize("far", ["203.0.113.1:8500", "[2001:db8::1]:8500"])
def test_load_is_for_this_machine_unless_said_otherwise(far):
    with pytest.raises(UserError, match="--remote"):
        load.check_address(far, remote=False)
    load.check_address(far, remote=True)
    load.check_address("127.0.0.1:8500", remote=False)
    load.check_address("[::1]:8500", remote=False)


def test_the_overhead_is_against_the_model_that_is_served(
    serving_root, images, capsys
):
    serving_overhead.main(
        [str(serving_root / "cifar10" / "100"), str(images), "--rounds", "3"]
    )
    small, large = map(json.loads, capsys.readouterr().out.splitlines())
    assert (small["batch_size"], large["batch_size"]) == (1, 32)
    for figures in (small, large):
        assert figures["bare Keras model"]["ratio"] == 1
        for signature in ("serving_pixels", "serving_bytes", "serving_default"):
            assert figures[signature]["ratio"] > 0
