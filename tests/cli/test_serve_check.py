"""`cifar10 serve-check`: what it says, and its exit code."""

import pytest

from cli import main, serve_check
from components.serving_check.report import CheckReport

GOOD = CheckReport(
    passed=("serving_bytes on 32 test images",),
    problems=(),
    figures={"single_image_p50_ms": 1.25},
)
BAD = CheckReport(passed=(), problems=("embed: it is gone",), figures={})


def test_a_good_report_tells_what_was_checked_and_the_speed():
    assert [str(line) for line in serve_check.lines(GOOD)] == [
        "✓ serving_bytes on 32 test images",
        "one image, median, ms: 1.2",
        "It can be served.",
    ]


def test_a_bad_report_ends_with_the_problems():
    assert [str(line) for line in serve_check.lines(BAD)] == [
        "✗ embed: it is gone",
        "1 problem: it must not be served.",
    ]


@pytest.mark.parametrize(("serves", "code"), [(True, 0), (False, 3)])
def test_the_exit_code_says_whether_it_can_be_served(
    serves, code, monkeypatch, tmp_path
):
    monkeypatch.setattr(serve_check, "run", lambda directory: serves)
    with pytest.raises(SystemExit) as exit_info:
        main.main(["serve-check", str(tmp_path)])
    assert exit_info.value.code == code


def test_a_directory_without_a_model_is_one_line(capsys, tmp_path):
    with pytest.raises(SystemExit) as exit_info:
        main.main(["serve-check", str(tmp_path)])
    assert exit_info.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{tmp_path} contains no saved_model.pb" in line
