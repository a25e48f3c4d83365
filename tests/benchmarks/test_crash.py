"""Killing runs at the right moment, and reading what they did."""

import json
import sys

import tensorflow as tf

from benchmarks import crash

RUN = """
import time
print("Write: running", flush=True)
print("Write: {first}", flush=True)
print("Read: running", flush=True)
time.sleep(60)
print("Read: done, 60.0 s", flush=True)
"""


def killed(tmp_path, first):
    return [sys.executable, "-c", RUN.format(first=first)]


def test_a_run_is_killed_in_the_component_that_was_waited_for(tmp_path):
    runs = crash.Killed(killed(tmp_path, "done, 0.1 s"), tmp_path / "log")
    assert runs.kill("Read", 0.01) == crash.Kill("Read", 0.01, "Read", 0, ())
    # The second run does again what was complete.
    assert runs.kill("Read", 0.01).repeated == ("Write",)
    assert "Read: done" not in (tmp_path / "log").read_text()


def test_a_component_that_ends_sooner_is_killed_at_its_end(tmp_path):
    runs = crash.Killed(killed(tmp_path, "done, 0.1 s"), tmp_path / "log")
    assert runs.kill("Write", 50).running in ("", "Read")


def test_what_came_from_the_cache_is_counted(tmp_path):
    runs = crash.Killed(killed(tmp_path, "cached"), tmp_path / "log")
    assert runs.kill("Read", 0).cached == 1


PUSHED = """
import pathlib, sys, time
root = pathlib.Path(sys.argv[1])
(root / "logs").mkdir(parents=True, exist_ok=True)
for name in "Write", "Read":
    print(f"{name}: running", flush=True)
    time.sleep(0.2)
    print(f"{name}: done, 0.2 s", flush=True)
(root / "logs" / "r.json").write_text("{}")
"""


def test_an_interrupted_benchmark_continues_after_the_last_kill(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(crash, "COMPONENTS", ("Write", "Read"))
    monkeypatch.setattr(
        crash,
        "command",
        lambda root, cache: [sys.executable, "-c", PUSHED, str(root)],
    )
    kill, asked = crash.Killed.kill, []

    def interrupted(self, component, delay):
        asked.append(component)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return kill(self, component, delay)

    monkeypatch.setattr(crash.Killed, "kill", interrupted)
    arguments = ["--kills", "3", "--root", str(tmp_path / "base")]
    assert crash.main(arguments) == 130
    (first,) = capsys.readouterr().out.splitlines()[2:]
    assert crash.main(arguments) in (0, 1)
    rows = capsys.readouterr().out.splitlines()[2:]
    assert rows[0] == first
    assert rows[-1].startswith("3 kills, ")
    assert len(asked) == 4  # One of the three was asked for twice.


def test_every_component_is_killed_as_often_as_asked():
    points = list(crash.points(35, {"Transform": 9.0}, seed=0))
    assert len(points) == 35
    assert {component for component, _ in points} == set(crash.COMPONENTS)
    assert all(0 <= delay <= 9 for _, delay in points)


def test_roots_differ_in_what_the_models_are(tmp_path):
    for name, accuracy, weights in (("a", 0.9, 1.0), ("b", 0.9, 2.0)):
        variables = tmp_path / name / "serving/m/1/variables"
        variables.mkdir(parents=True)
        saved = tf.train.Checkpoint(value=tf.Variable(weights))
        saved.write(str(variables / "variables"))
        (tmp_path / name / "logs").mkdir()
        record = {"accuracy": accuracy, "seconds": len(name), "run": name}
        file = tmp_path / name / "logs" / "r.json"
        file.write_text(json.dumps(record))
    a, b = tmp_path / "a", tmp_path / "b"
    (difference,) = crash.differences(a, b)
    assert difference.startswith("pushed weights: ")
    assert crash.differences(a, a) == []
