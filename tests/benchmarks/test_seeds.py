"""Runs over seeds: what is missing is run, and the table says it."""

import json

import pytest

from benchmarks import seeds

RECORD = {
    "commit": "c0ffee",
    "accuracy": 0.89,
    "capped_recall": 0.87,
    "uncapped_recall": 0.9,
    "ece": 0.02,
    "psnr": 39.0,
    "ssim": 0.99,
    "ssim_range_2": 0.995,
    "seconds": 1_200.0,
    "peak_bytes": 2.8e9,
    "pushed_to": "runs/serving/cifar10/1",
}


def leave(root, seed, run="1", **changes):
    logs = root / str(seed) / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    (logs / f"{run}.json").write_text(json.dumps({**RECORD, **changes}))


def test_finished_runs_are_not_run_again(tmp_path, monkeypatch, capsys):
    def run(command, **_):
        asked.append(dict(zip(command[2::2], command[3::2], strict=True)))
        leave(tmp_path, 1, accuracy=0.91, seconds=1_260.0)
        return type("Done", (), {"returncode": 0})

    asked = []
    monkeypatch.setattr(seeds.subprocess, "run", run)
    leave(tmp_path, 0, run="0", accuracy=0.1, pushed_to="")
    leave(tmp_path, 0)
    leave(tmp_path, 0, run="2", seconds=9.0)  # A later one, all from cache.
    arguments = ["--data", "/data", "--seeds", "2", "--root", str(tmp_path)]
    assert seeds.main(arguments) == 0
    assert [(a["--seed"], a["--preset"]) for a in asked] == [("1", "cpu")]
    out = capsys.readouterr().out
    assert "| 0 | 0.8900 | 0.8700 | 0.9000 | 0.0200 | 39.00 |" in out
    # By hand: the deviation of 0.89 and 0.91 is 0.02 / sqrt(2).
    assert "| mean ± sd | 0.9000 ± 0.0141 | 0.8700 ± 0.0000 |" in out
    assert "20.5 ± 0.7" in out
    assert "longest 21:00; c0ffee" in out


@pytest.mark.parametrize("code", [1, 3])
def test_a_run_without_a_pushed_model_ends_it(
    tmp_path, monkeypatch, capsys, code
):
    monkeypatch.setattr(
        seeds.subprocess,
        "run",
        lambda *_, **__: type("Done", (), {"returncode": code}),
    )
    assert seeds.main(["--data", "/data", "--root", str(tmp_path)]) == 1
    assert f"seed 0 ended with exit code {code}" in capsys.readouterr().err
