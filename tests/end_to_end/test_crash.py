"""A run that is killed twice comes to what one that was left alone did."""

import json

import pytest

from benchmarks import crash


@pytest.fixture(scope="module")
def killed(first_run, tmp_path_factory):
    """A root with an odd name, killed in Transform and in a training."""
    root = tmp_path_factory.mktemp("killed") / "a [root], *c?\\d {e} é"
    command = crash.command(root, first_run[0] / "cache")
    runs = crash.Killed(command, root.parent / "killed.log")
    return (
        command,
        [
            runs.kill("Transform", 1.0),
            runs.kill("ClassifierTrainer", 5.0),
        ],
        root,
    )


def test_a_killed_run_is_resumed_to_the_same_end(killed, first_run, cifar10):
    command, kills, root = killed
    assert [kill.running for kill in kills] == [
        "Transform",
        "ClassifierTrainer",
    ]
    assert not any(kill.repeated for kill in kills)

    last = cifar10(*command[command.index("run") :])
    assert last.returncode == 0, last.stdout + last.stderr
    assert "AutoencoderTrainer: cached" in last.stdout
    record = max((root / "logs").glob("*.json"))
    assert json.loads(record.read_text())["pushed_to"].startswith("serving/")
    assert crash.differences(first_run[0] / "root", root) == []
