"""`benchmarks.throughput`, with a step that trains in no time."""

import logging
import re
from dataclasses import replace

import pytest

from ablation.studies.catalogue import SYSTEMS
from benchmarks import throughput
from modules.common import progress


def test_a_step_s_rate_is_of_its_own_network(capsys, monkeypatch):
    for name, width in (("today", 4), ("wide", 64)):
        tiny = replace(
            SYSTEMS[name].classifier,
            widths=(width,),
            batch_size=20,
            precision="float32",
        )
        monkeypatch.setitem(
            SYSTEMS, name, replace(SYSTEMS[name], classifier=tiny)
        )
    assert throughput.main(["--systems", "today,wide", "--steps", "5"]) == 0
    *_, narrow, wide = capsys.readouterr().out.splitlines()
    assert "(`today`)" in narrow
    assert "(`wide`)" in wide
    rates = [
        int(re.search(r"\| ([\d,]+) \|", line)[1].replace(",", ""))
        for line in (narrow, wide)
    ]
    assert rates[0] > rates[1] > 0


@pytest.mark.parametrize(
    ("options", "precisions"),
    [
        ([], ["float32", "bfloat16_convolutions"]),
        (["--precision", "float32"], ["float32", "float32"]),
    ],
)
def test_the_precision_is_the_step_s_or_one_for_all(
    monkeypatch, options, precisions
):
    found = []

    def images_per_second(system, steps):
        found.append(system.classifier.precision)
        return 1.0

    monkeypatch.setattr(throughput, "images_per_second", images_per_second)
    assert throughput.main(["--systems", "today,bfloat16", *options]) == 0
    assert found == precisions


def test_a_system_of_another_study_is_one_line(capsys):
    assert throughput.main(["--systems", "frozen"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "'ladder' has no system 'frozen'" in line


def test_the_rate_is_of_the_steps_after_the_first(monkeypatch):
    times = iter([10.0, 11.0, 14.0])
    monkeypatch.setattr(throughput.time, "perf_counter", lambda: next(times))
    rate = throughput.Rate()
    for stage, done in (
        ("autoencoder", 10),
        ("classifier", 100),
        ("classifier", 300),
        ("classifier", 900),
    ):
        record = logging.makeLogRecord(
            {
                "progress": progress.Progress(
                    stage=stage, done=done, total=900, unit="images"
                )
            }
        )
        rate.emit(record)
    assert rate.images_per_second == 200
