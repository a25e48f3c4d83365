"""Progress reports as log records."""

import logging

from modules import progress


def test_a_report_is_one_record_that_carries_and_says_the_progress(caplog):
    with caplog.at_level(logging.INFO, logger="cifar10.progress"):
        progress.report("classifier", 1_000, 85_000, "images", loss=0.51234)
    (record,) = caplog.records
    assert record.progress == progress.Progress(
        stage="classifier",
        done=1_000,
        total=85_000,
        unit="images",
        metrics={"loss": 0.51234},
    )
    assert record.getMessage() == (
        "classifier: 1,000 of 85,000 images, loss 0.5123"
    )
