"""One run from request to table, on small pipelines in place of the DAG."""

import datetime
import json
import logging

import pytest

from cli import main
from modules.common.errors import UserError
from pipeline import run
from pipeline.console import summary
from pipeline.data.source import DataSource
from pipeline.runner.local_runner import LocalRunner
from tests.support.components import made
from tests.support.pipeline import fakes


def test_what_is_found_on_the_sample_is_not_saved(
    tmp_path, monkeypatch, capsys
):
    sample = DataSource(
        uri="/data",
        format="binary",
        digest="1",
        sample=True,
        description="the built-in SAMPLE",
        train_count=2_000,
        test_count=500,
    )
    monkeypatch.setattr(run.data_source, "resolve", lambda *_, **__: sample)
    with pytest.raises(SystemExit) as exit_info:
        main.main(["tune", "--save", "--root", str(tmp_path / "root")])
    assert exit_info.value.code == 1
    assert "sample with --save" in capsys.readouterr().err
    assert not (tmp_path / "root").exists()


@pytest.fixture
def cifar10(tmp_path, monkeypatch):
    """Runs the command line on a fake pipeline; returns the exit code."""

    def run_cli(
        *options, mishap="", blessed=True, sample=False, train_count=50_000
    ):
        def run_pipeline(display, stopwatch, request, config, source, paths):
            display.note("starting TFX")
            logging.getLogger(__name__).warning("a record of the log")
            dag = fakes.pipeline(paths, mishap=mishap)
            return LocalRunner(stopwatch).run(dag)

        source = DataSource(
            uri="/data",
            format="binary",
            digest="1",
            sample=sample,
            description="the built-in SAMPLE" if sample else "CIFAR-10",
            train_count=train_count,
            test_count=10_000,
        )
        report = made.report(pushed_to="1" if blessed else "")
        patch = monkeypatch.setattr
        patch(run.data_source, "resolve", lambda *_, **__: source)
        patch(run, "_run_pipeline", run_pipeline)
        patch(summary, "print_result", lambda *_: report.result)
        patch(run, "_artifacts", lambda outputs: (report, {}))
        with pytest.raises(SystemExit) as exit_info:
            main.main(["run", "--root", str(tmp_path / "root"), *options])
        return exit_info.value.code

    return run_cli


def test_a_quiet_run_prints_the_verdict_and_the_report(
    cifar10, capfd, tmp_path
):
    assert cifar10("--quiet") == 0
    out, err = capfd.readouterr()
    accuracy, verdict, report = out.splitlines()
    assert accuracy.startswith("accuracy 0.")
    assert verdict.startswith("Blessed and pushed to ")
    assert report == f"report  {tmp_path / 'root' / 'report.html'}"
    assert err == ""


def test_a_verbose_run_prints_the_log_as_well(cifar10, capfd):
    assert cifar10() == 0
    assert "a record of the log" not in capfd.readouterr().out
    assert cifar10("--verbose", "--seed", "1") == 0
    assert "a record of the log" in capfd.readouterr().out


def test_quiet_and_verbose_exclude_each_other(cifar10, capfd):
    assert cifar10("--quiet", "--verbose") == 2
    assert "one of --quiet and --verbose" in capfd.readouterr().err


def test_a_run_says_what_it_does_and_where_the_log_is(cifar10, capfd, tmp_path):
    assert cifar10() == 0
    out, err = capfd.readouterr()
    (log,) = (tmp_path / "root" / "logs").glob("*.log")
    assert err == ""
    assert out.startswith("preset  cpu (the default)\nseed    0\n")
    assert f"log     {log}" in out
    assert "data    CIFAR-10\n" in out
    assert "Write: done" in out
    assert "Read: done" in out
    assert "chatter" not in out
    assert "chatter on stdout" in log.read_text()
    assert "chatter on stderr" in log.read_text()


def test_two_runs_of_one_second_have_logs_of_their_own(
    cifar10, monkeypatch, tmp_path
):
    class Stopped(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2024, 2, 29, 23, 59, 59, tzinfo=tz)

    monkeypatch.setattr(run.datetime, "datetime", Stopped)
    assert cifar10(mishap="user error") == cifar10(mishap="user error") == 1
    logs = sorted((tmp_path / "root" / "logs").iterdir())
    assert [log.name for log in logs] == [
        "20240229-235959.log",
        "20240301-000000.log",
    ]
    assert all("found 3 images" in log.read_text() for log in logs)


def test_a_run_leaves_a_record_under_its_logs_name(cifar10, tmp_path):
    cifar10()
    (log,) = (tmp_path / "root" / "logs").glob("*.log")
    values = json.loads(log.with_suffix(".json").read_text())
    assert values["run"] == log.stem
    assert values["accuracy"] == made.RESULT.accuracy
    assert [c["name"] for c in values["components"]] == ["Write", "Read"]
    assert len(values["commit"]) in (0, 40, 41)
    assert 0 < values["seconds"] < 600
    assert values["peak_bytes"] > 10**7


def test_what_was_set_is_in_the_header_and_in_the_record(
    cifar10, capfd, tmp_path
):
    file = tmp_path / "long.toml"
    file.write_text(
        'base = "gpu"\ndescription = "Longer."\n[classifier]\nepochs = 48\n'
    )
    assert cifar10("--preset", str(file), "--set", "gates.min_psnr=5") == 0
    out, _ = capfd.readouterr()
    assert out.startswith(
        f"preset  long ({file}, based on gpu): Longer.\n"
        "set     classifier.epochs=48\n"
        "set     gates.min_psnr=5\n"
        "seed    0\n"
    )
    (record,) = (tmp_path / "root" / "logs").glob("*.json")
    values = json.loads(record.read_text())
    assert values["preset"] == "gpu"
    assert values["overrides"] == {
        "classifier.epochs": 48,
        "gates.min_psnr": 5,
    }


def test_a_sample_is_called_a_sample(cifar10, capfd):
    cifar10(sample=True)
    out, _ = capfd.readouterr()
    assert "SAMPLE" in out
    assert "preset  smoke (for the sample)" in out


def test_a_model_that_was_not_blessed_is_exit_code_3(cifar10):
    assert cifar10(blessed=False) == main.NOT_BLESSED


def test_a_failure_ends_with_component_reason_and_log(cifar10, capfd, tmp_path):
    assert cifar10(mishap="user error") == 1
    out, err = capfd.readouterr()
    (log,) = (tmp_path / "root" / "logs").iterdir()
    assert "Read: failed" in out
    assert err.splitlines() == [
        "error: Read failed: found 3 images, expected 4.",
        f"log: {log}",
    ]
    assert "Traceback" in log.read_text()


def test_an_interrupt_is_one_line_and_the_next_run_goes_on(cifar10, capfd):
    assert cifar10(mishap="interrupt") == main.INTERRUPTED
    _, err = capfd.readouterr()
    assert err == "error: interrupted; run the same command to resume.\n"
    assert cifar10() == 0
    out, _ = capfd.readouterr()
    assert "Write: cached" in out


def test_bad_data_leaves_no_root(cifar10, capfd, monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise UserError("found 1, expected 2.")

    monkeypatch.setattr(run.data_source, "resolve", refuse)
    with pytest.raises(SystemExit):
        main.main(["run", "--root", str(tmp_path / "root")])
    assert capfd.readouterr().err == "error: found 1, expected 2.\n"
    assert not (tmp_path / "root").exists()


def test_too_few_images_are_refused_before_anything_runs(
    cifar10, capfd, tmp_path
):
    assert cifar10(train_count=99) == 1
    out, err = capfd.readouterr()
    (line,) = err.splitlines()
    assert "found 99 images in the split train" in line
    assert "expected at least 100" in line
    assert "running" not in out
    assert not (tmp_path / "root").exists()
