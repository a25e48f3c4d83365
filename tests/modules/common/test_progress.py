"""Progress reports as log records."""

import logging

from modules.common import progress


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


def test_a_report_of_a_part_says_which_and_has_its_figures(caplog):
    left = iter([3.0, 2.0])
    with (
        caplog.at_level(logging.INFO, logger="cifar10.progress"),
        progress.part_of("trial 2 of 9", lambda: {"minutes left": next(left)}),
    ):
        progress.report("classifier", 1, 85, "images", loss=0.5)
        progress.report("classifier", 2, 85, "images")
    progress.report("classifier", 85, 85, "images")
    first, second, *_ = (r.getMessage() for r in caplog.records)
    assert first == (
        "trial 2 of 9, classifier: 1 of 85 images, loss 0.5, minutes left 3"
    )
    assert second.endswith("images, minutes left 2")
