"""Times, speeds and errors in words."""

import pytest

from modules.common.durations import clock
from modules.common.errors import UserError
from modules.common.progress import Progress
from pipeline.console import text

BEAM_MESSAGE = """Traceback (most recent call last):
  File "apache_beam/runners/common.py", line 1495, in process
    raise ValueError("found 7, expected 9.")
modules.common.errors.UserError: found 7, expected 9.

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "sdk_worker.py", line 300, in _execute
    response = task()
modules.common.errors.UserError: found 7, expected 9. [while running 'Decode']
"""


def images(done, total=1_000):
    return Progress(stage="train", done=done, total=total, unit="images")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.4, "0:00"), (59.9, "0:59"), (61, "1:01"), (3723, "1:02:03")],
)
def test_a_clock_shows_minutes_and_hours_where_there_are_any(seconds, shown):
    assert clock(seconds) == shown


def test_speed_is_unknown_until_there_are_two_reports():
    speed = text.Speed()
    speed.add(images(100), now=0)
    assert text.describe(images(100), speed.rate()) == ""
    speed.add(images(200), now=2)
    assert text.describe(images(200), speed.rate()) == "50 images/s  ETA 0:16"


def test_the_time_left_counts_what_the_rest_will_cost():
    progress = Progress(
        stage="train", done=200, total=1_000, unit="images", left=1_500
    )
    assert text.remaining(progress, 50) == "ETA 0:30"


def test_speed_forgets_what_was_long_ago():
    speed = text.Speed()
    for now, done in [(0, 0), (100, 100), (110, 600), (119, 1_050)]:
        speed.add(images(done), now=now)
    assert speed.rate() == pytest.approx(50)


def test_speed_starts_anew_with_each_stage():
    speed = text.Speed()
    speed.add(images(500), now=0)
    speed.add(images(900), now=1)
    speed.add(Progress(stage="warm", done=1, total=9, unit="steps"), now=2)
    assert speed.rate() is None


def test_a_users_error_is_its_own_reason():
    error = UserError("found 3 files, expected 6.")
    assert text.reason(error) == "found 3 files, expected 6."


def test_another_error_names_its_type_and_keeps_to_one_paragraph():
    error = OSError("disk\n  full\n\nStack trace: long")
    assert text.reason(error) == "OSError: disk full"


def test_a_beam_workers_traceback_is_cut_down_to_its_end():
    reason = text.reason(RuntimeError(BEAM_MESSAGE))
    assert reason == "found 7, expected 9. [while running 'Decode']"


def test_a_long_reason_is_shortened():
    reason = text.reason(ValueError("word " * 1_000))
    assert len(reason) <= 400
    assert reason.endswith(" …")
