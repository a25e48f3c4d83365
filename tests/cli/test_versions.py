"""`cifar10 models`, `label`, `promote`, `rollback`, `deliver`, `prune`."""

import json
import time

import pytest

from modules.common import manifest
from serving.versions import labels, loading
from tests.support.serving.fixtures import NEW, OLD, pushed

OLDER, NEWER = 1_700_000_000, 1_700_000_100


@pytest.fixture(autouse=True)
def nobody_serves(monkeypatch):
    """No server is on this machine, and none elsewhere is waited for."""
    monkeypatch.setattr(loading, "PORT", 1)
    monkeypatch.setattr(loading, "PAUSE", 0.0)


@pytest.fixture
def root(tmp_path):
    """A root with two versions, of which a run and its rerun speak."""
    serving = tmp_path / "root" / "serving" / "cifar10"
    lineage = {"data_digest": "d" * 64, "model_digest": "m" * 64, "seed": 7}
    for version in (OLDER, NEWER):
        directory = pushed(serving / str(version))
        (directory / "assets.extra" / "model.json").write_text(
            json.dumps(
                {
                    "class_names": ["cat"],
                    "capped_classes": [],
                    "lineage": lineage | {"sample": False},
                }
            )
        )
        manifest.write(directory)
    logs = tmp_path / "root" / "logs"
    logs.mkdir()
    for run, commit in (
        ("20261122-1", "c" * 40 + "+"),
        ("20261122-2", "e" * 40),
    ):
        values = {
            "run": run,
            "commit": commit,
            "accuracy": 0.8321,
            "model_name": "cifar10",
            "pushed_to": f"/elsewhere/{serving.name}/{NEWER}",
            "reasons": [],
        }
        logs.joinpath(f"{run}.json").write_text(json.dumps(values))
    return tmp_path / "root"


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def on(root):
    return labels.read(root / "serving")["cifar10"]


def test_models_says_where_each_version_comes_from(cifar10, root):
    cifar10("label", OLDER, "stable", "--root", root)
    cifar10("label", NEWER, "canary", "--root", root)
    newer, older = lines(cifar10("models", "--root", root, "--json").out)
    assert newer == {
        "model": "cifar10",
        "version": NEWER,
        "labels": ["canary"],
        "pushed": "2023-11-14 22:15",
        "problems": [],
        "accuracy": 0.8321,
        "blessed": True,
        "run": "20261122-1",
        "commit": "c" * 40 + "+",
        "data_digest": "d" * 64,
        "model_digest": "m" * 64,
        "seed": 7,
        "sample": False,
    }
    assert older["labels"] == ["stable"]
    assert (older["accuracy"], older["blessed"]) == (None, None)


def test_models_prints_a_table_of_80_columns(cifar10, root, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    (root / "serving" / "cifar10" / str(OLDER) / "saved_model.pb").unlink()
    out = cifar10("models", "--root", root).out
    for text in (str(NEWER), "0.8321", "2023-11-14 22:15", "yes", "seed 7"):
        assert text in out
    assert "commit cccccccccccc+" in out
    assert "INCOMPLETE" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", [str(2**63 - 1), "9" * 200, "0", "tmp"])
def test_models_takes_junk_for_what_it_is(cifar10, root, name):
    """The largest number has no date; what is larger is no version."""
    (root / "serving" / "cifar10" / name).mkdir()
    listed = cifar10("models", "--root", root, "--json")
    assert listed.code == 0
    junk = [each for each in lines(listed.out) if each["problems"]]
    assert len(junk) == (name == str(2**63 - 1))
    assert cifar10("models", "--root", root).code == 0


def test_forward_and_back(cifar10, root):
    cifar10("label", OLDER, "stable", "--root", root)
    asked = cifar10("label", NEWER, "canary", "--root", root)
    assert asked.out == f"cifar10: canary is version {NEWER}, was {OLDER}\n"
    asked = cifar10("promote", "--root", root)
    assert asked.out == f"cifar10: stable is version {NEWER}, was {OLDER}\n"
    assert on(root)["previous"] == OLDER
    asked = cifar10("rollback", "--root", root)
    assert asked.out == (
        f"cifar10: stable is version {OLDER}, was {NEWER}\n"
        f"cifar10: canary is version {OLDER}, was {NEWER}\n"
    )
    assert on(root)["previous"] == NEWER


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rollback", 5], "no model in"),
        (["label", 5, "stable"], "no model in"),
        (["label", OLDER, "stable", "--model-name", "x"], "no version"),
        (["rollback", OLDER], "cifar10 label VERSION stable"),
        (["promote"], "cifar10 label VERSION canary"),
        (["deliver", OLDER, "/proc"], "cannot write"),
    ],
)
def test_a_mistake_is_one_line(cifar10, root, arguments, told):
    asked = cifar10(*arguments, "--root", root)
    assert asked.code == 1
    (line,) = asked.err.splitlines()
    assert told in line


def test_a_broken_version_gets_no_label(cifar10, root):
    cifar10("label", OLDER, "stable", "--root", root)
    broken = root / "serving" / "cifar10" / str(NEWER)
    (broken / "variables" / "variables.index").unlink()
    for command in (["label", NEWER, "canary"], ["promote", NEWER]):
        asked = cifar10(*command, "--root", root)
        assert "is incomplete: variables/variables.index" in asked.err
    assert on(root) == {"stable": OLDER, "canary": OLDER}


def test_deliver_and_prune(cifar10, root, tmp_path):
    there = tmp_path / "volume"
    asked = cifar10("deliver", OLDER, there, "--root", root)
    assert asked.out == f"{there}/serving/cifar10/{OLDER}\n"
    asked = cifar10("prune", "--keep", 1, "--root", root)
    assert asked.out == f"cifar10: deleted version {OLDER}\n"
    asked = cifar10("prune", "--keep", 1, "--root", root)
    assert asked.out == "cifar10: nothing to delete\n"


def test_nothing_pushed_is_no_error(cifar10, root):
    assert cifar10("models", "--root", root / "none").code == 0


def test_a_server_follows(cifar10, server, serving_root, tmp_path, pngs):
    """The old answer comes back, from the label that clients ask for."""
    (tmp_path / "0.png").write_bytes(pngs[0])
    asked = ["predict", tmp_path / "0.png", "--json", "--server", server.grpc]
    right = {v: cifar10(*asked, "--version", v).out for v in (OLD, NEW)}
    assert right[OLD] != right[NEW]
    root = ["--root", tmp_path / "root", "--server", server.rest]
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "serving").symlink_to(serving_root)
    for command, version in (("rollback", OLD), ("promote", NEW)):
        cifar10(command, version, *root)
        deadline = time.monotonic() + 30
        while cifar10(*asked).out != right[version]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    cifar10("label", OLD, "canary", *root)
