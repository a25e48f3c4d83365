"""The table and the figures for README."""

import dataclasses

from benchmarks.gpu import report
from pipeline import overrides, presets
from tests.ablation.test_table import OUTCOME

OUTCOME = dataclasses.replace(
    OUTCOME,
    accuracy=0.95,
    capped_recall=0.93,
    uncapped_recall=0.96,
    psnr=39.0,
    autoencoder_seconds=30.0,
    classifier_seconds=60.0,
)
CONFIG = overrides.apply(
    presets.PRESETS["smoke"](), {"classifier.epochs": 37.0}
)
FIRST = report.Measured(OUTCOME, 9_000.0)
SECOND = report.Measured(
    dataclasses.replace(
        OUTCOME, seed=1, accuracy=0.96, classifier_seconds=72.0
    ),
    9_200.0,
)


def test_each_seed_has_a_line_and_so_have_the_means():
    lines = report.table([FIRST, SECOND])
    assert lines[2] == "| 0 | 0.9500 | 0.9300 | 0.9600 | 39.00 | 9,000 | 1.5 |"
    assert lines[-1] == (
        "| mean ± sd | 0.9550 ± 0.0071 | 0.9300 ± 0.0000 | "
        "0.9600 ± 0.0000 | 39.00 ± 0.00 | 9,100 ± 141 | 1.6 ± 0.1 |"
    )


def test_one_seed_has_no_deviation():
    assert len(report.table([FIRST])) == 3
    assert report.line(CONFIG, "NVIDIA H100", [FIRST]) == (
        "`smoke`: 37 epochs, accuracy 0.9500, 1.5 min of training, "
        "9,000 images/s, on NVIDIA H100"
    )
