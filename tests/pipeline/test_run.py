"""One run from request to table, on small pipelines in place of the DAG."""

import json
import types

import pytest

from cli import main
from modules.common.errors import UserError
from pipeline import configs, presets, run
from pipeline.console import searches, summary
from pipeline.data.source import DataSource
from pipeline.local_runner import LocalRunner
from tests.support.pipeline import fakes


def request_for(tmp_path, **changes):
    return run.Request(
        data="auto", root=tmp_path / "r", cache=tmp_path / "c", **changes
    )


def test_the_preset_suits_the_data_unless_it_is_given(tmp_path):
    def preset(sample, **changes):
        request = request_for(tmp_path, **changes)
        return run.configure(request, sample=sample).preset

    assert preset(sample=False) == "cpu"
    assert preset(sample=True) == "smoke"
    assert preset(sample=True, preset="gpu") == "gpu"


def test_caps_and_seed_of_the_request_go_into_the_configuration(tmp_path):
    request = request_for(tmp_path, caps={"cat": 7}, seed=5)
    config = run.configure(request, sample=True)
    caps = presets.SAMPLE_SAMPLING.caps
    assert config.sampling.caps == {**caps, "cat": 7}
    assert config.seed == 5


@pytest.mark.parametrize("caps", [{"penguin": 1}, {"cat": -1}, {"cat": 0}])
def test_caps_that_make_no_sense_are_refused(tmp_path, caps):
    with pytest.raises(configs.ConfigError):
        run.configure(request_for(tmp_path, caps=caps), sample=False)


def test_a_search_has_the_presets_bounds_unless_others_are_given(tmp_path):
    wanted = searches.SearchRequest(
        models="classifier", trials=7, schedule_share=0.25
    )
    request = request_for(tmp_path, search=wanted)
    tune = run.configure(request, sample=False).tune
    preset = presets.cpu().tune.search
    assert tune.models == "classifier"
    assert tune.search.trials == 7
    assert tune.search.schedule_share == 0.25
    assert tune.search.minutes == preset.minutes
    assert tune.search.strategy == preset.strategy
    untuned = run.configure(request_for(tmp_path), sample=False)
    assert untuned.tune.models == "none"


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

    def run_cli(*, mishap="", blessed=True, sample=False):
        def run_pipeline(display, config, source, paths):
            display.note("starting TFX")
            dag = fakes.pipeline(paths, mishap=mishap)
            return LocalRunner(display).run(dag)

        source = DataSource(
            uri="/data",
            format="binary",
            digest="1",
            sample=sample,
            description="the built-in SAMPLE" if sample else "CIFAR-10",
            train_count=50_000,
            test_count=10_000,
        )
        result = types.SimpleNamespace(
            pushed_to="1" if blessed else "", to_json=lambda: '{"accuracy": 1}'
        )
        patch = monkeypatch.setattr
        patch(run.data_source, "resolve", lambda *_, **__: source)
        patch(run, "_run_pipeline", run_pipeline)
        patch(summary, "print_result", lambda *_: result)
        with pytest.raises(SystemExit) as exit_info:
            main.main(["run", "--root", str(tmp_path / "root")])
        return exit_info.value.code

    return run_cli


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


def test_a_run_leaves_a_record_under_its_logs_name(cifar10, tmp_path):
    cifar10()
    (log,) = (tmp_path / "root" / "logs").glob("*.log")
    values = json.loads(log.with_suffix(".json").read_text())
    assert values["run"] == log.stem
    assert values["accuracy"] == 1
    assert len(values["commit"]) in (0, 40, 41)
    assert 0 < values["seconds"] < 600
    assert values["peak_bytes"] > 10**7


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
    assert err == "error: interrupted; the same command goes on from there.\n"
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


def test_the_report_is_replaced_whole(tmp_path):
    artifact, target = tmp_path / "artifact", tmp_path / "report.html"
    artifact.mkdir()
    for page in ("first", "second"):
        (artifact / "report.html").write_text(page)
        summary.keep_report(str(artifact), target)
        assert target.read_text() == page
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "artifact",
        "report.html",
    ]
