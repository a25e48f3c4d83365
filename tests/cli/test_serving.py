"""`cifar10 predict`, `models` and `rollback`, as a user meets them."""

import io
import json
import re
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

from cli import main
from serving import labels
from tests.cli.test_main import SLOW
from tests.support.serving.fixtures import NEW, OLD


@pytest.fixture
def cifar10(capsys):
    """Runs the command line: its exit code, output and errors."""

    def run_cli(*arguments):
        with pytest.raises(SystemExit) as exit_info:
            main.main([*map(str, arguments)])
        out, err = capsys.readouterr()
        return types.SimpleNamespace(
            code=exit_info.value.code or 0, out=out, err=err
        )

    return run_cli


@pytest.fixture
def images(tmp_path, pngs):
    folder = tmp_path / "images"
    (folder / "more").mkdir(parents=True)
    for number, png in enumerate(pngs[:3]):
        (folder / f"{number}.png").write_bytes(png)
    (folder / "more" / "3.PNG").write_bytes(pngs[3])
    (folder / "notes.txt").write_text("not an image, and not asked for")
    return folder


@pytest.fixture(params=["grpc", "rest", "model"])
def where(request, server, serving_root):
    """The options that say where to predict."""
    if request.param == "model":
        return ["--model", serving_root / "cifar10"]
    address = getattr(server, request.param)
    return ["--server", address, "--transport", request.param]


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_files_and_folders_are_predicted_in_order(cifar10, images, where):
    asked = cifar10("predict", images / "2.png", images, *where, "--json")
    found = lines(asked.out)
    names = [str(Path(each["image"]).relative_to(images)) for each in found]
    assert names == ["2.png", "0.png", "1.png", "2.png", "more/3.PNG"]
    assert all(len(each["probabilities"]) == 10 for each in found)
    assert found[0]["class_name"] == found[3]["class_name"]
    assert (asked.code, asked.err) == (0, "")


def test_one_bad_image_does_not_cost_the_others(cifar10, images, where):
    (images / "1.png").write_bytes(b"text")
    asked = cifar10("predict", images, *where, "--json")
    assert asked.code == 1
    assert asked.err == (
        "error: 1 of the images could not be predicted; the others were.\n"
    )
    first, bad, *others = lines(asked.out)
    assert Path(bad["image"]).name == "1.png"
    assert "cannot be decoded" in bad["error"]
    assert all("class_name" in each for each in (first, *others))


def test_the_table_has_a_row_an_image(cifar10, images, where, monkeypatch):
    monkeypatch.chdir(images)
    asked = cifar10("predict", "0.png", *where)
    heading, row = (x for x in asked.out.splitlines() if "class" in x)
    assert heading.split() == ["image", "class", "probability"]
    assert re.search(r"0\.png +class \d +0\.\d{3}", row)
    assert asked.code == 0


def test_an_image_comes_from_the_standard_input(
    cifar10, monkeypatch, pngs, server
):
    stdin = types.SimpleNamespace(buffer=io.BytesIO(pngs[0]))
    monkeypatch.setattr(sys, "stdin", stdin)
    asked = cifar10("predict", "-", "--server", server.grpc, "--json")
    (found,) = lines(asked.out)
    assert found["image"] == "stdin"
    assert "class_name" in found


@pytest.mark.parametrize("where", ["grpc", "rest"], indirect=True)
@pytest.mark.parametrize("batch", [1, 2, 32])
def test_the_size_of_a_request_changes_nothing(cifar10, images, where, batch):
    asked = cifar10("predict", images, *where, "--batch-size", batch, "--json")
    assert len(lines(asked.out)) == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["/nowhere.png"], "/nowhere.png cannot be read"),
        (["EMPTY"], "there are no images in"),
        (["IMAGE", "--server", "127.0.0.1:1", "--timeout", "1"], "make serve"),
        (["IMAGE", "--server", "nobody:"], "HOST:PORT"),
        (["IMAGE", "--model", "EMPTY"], "holds no SavedModel"),
    ],
)
def test_an_error_is_one_line(cifar10, tmp_path, images, arguments, told):
    (tmp_path / "empty").mkdir()
    places = {"EMPTY": tmp_path / "empty", "IMAGE": images / "0.png"}
    asked = cifar10("predict", *(places.get(a, a) for a in arguments))
    assert asked.code == 1
    (line,) = asked.err.splitlines()
    assert line.startswith("error: ")
    assert told in line


@pytest.mark.parametrize("command", ["predict", "rollback"])
def test_wrong_arguments_name_the_help_of_their_command(cifar10, command):
    asked = cifar10(command)
    assert asked.code == 2
    assert f"cifar10 {command} --help" in asked.err


@pytest.fixture
def root(tmp_path):
    """A root with two versions, of which a run and its rerun speak."""
    serving = tmp_path / "root" / "serving" / "cifar10"
    lineage = {"data_digest": "d" * 64, "model_digest": "m" * 64, "seed": 7}
    for version in (1_700_000_000, 1_700_000_100):
        extra = serving / str(version) / "assets.extra"
        extra.mkdir(parents=True)
        extra.joinpath("model.json").write_text(
            json.dumps({"lineage": lineage | {"sample": False}})
        )
    logs = tmp_path / "root" / "logs"
    logs.mkdir()
    for run, commit in (("20261122-1", "c" * 40), ("20261122-2", "e" * 40)):
        values = {
            "run": run,
            "commit": commit,
            "accuracy": 0.8321,
            "model_name": "cifar10",
            "pushed_to": f"/elsewhere/{serving.name}/1700000100",
            "reasons": [],
        }
        logs.joinpath(f"{run}.json").write_text(json.dumps(values))
    return tmp_path / "root"


def test_models_says_where_each_version_comes_from(cifar10, root):
    labels.assign(root / "serving", "cifar10", 1_700_000_000, ["stable"])
    newer, older = lines(cifar10("models", "--root", root, "--json").out)
    assert newer == {
        "model": "cifar10",
        "version": 1_700_000_100,
        "labels": ["canary"],
        "pushed": "2023-11-14 22:15",
        "accuracy": 0.8321,
        "blessed": True,
        "run": "20261122-1",
        "commit": "c" * 40,
        "data_digest": "d" * 64,
        "model_digest": "m" * 64,
        "seed": 7,
        "sample": False,
    }
    assert older["labels"] == ["stable"]
    assert (older["accuracy"], older["blessed"]) == (None, None)


def test_models_prints_a_table_of_80_columns(cifar10, root, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = cifar10("models", "--root", root).out
    for text in ("1700000100", "0.8321", "2023-11-14 22:15", "yes", "seed 7"):
        assert text in out
    assert "commit cccccccccccc" in out
    assert max(map(len, out.splitlines())) <= 80


def test_rollback_moves_labels_and_deletes_nothing(cifar10, root):
    asked = cifar10("rollback", 1_700_000_000, "--root", root)
    assert asked.code == 0
    assert "cifar10: stable is version 1700000000, was none" in asked.out
    asked = cifar10(
        *("rollback", 1_700_000_100, "--root", root, "--label", "canary")
    )
    assert asked.out == (
        "cifar10: canary is version 1700000100, was 1700000000\n"
    )
    found = lines(cifar10("models", "--root", root, "--json").out)
    assert [each["labels"] for each in found] == [["canary"], ["stable"]]


def test_rollback_to_nothing_is_one_line(cifar10, root):
    asked = cifar10("rollback", 5, "--root", root)
    assert asked.code == 1
    assert "no model in" in asked.err
    assert cifar10("models", "--root", root / "none").code == 0


def test_a_server_follows_a_rollback(cifar10, server, serving_root, images):
    """The old answer comes back, from the label that clients ask for."""
    asked = ["predict", images / "0.png", "--json", "--server", server.grpc]
    right = {v: cifar10(*asked, "--version", v).out for v in (OLD, NEW)}
    assert right[OLD] != right[NEW]
    for version in (OLD, NEW):
        labels.assign(serving_root, "cifar10", version)
        deadline = time.monotonic() + 30
        while cifar10(*asked).out != right[version]:
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "--help"],
        ["models", "--help"],
        ["rollback", "--help"],
        ["predict", "/nowhere", "--server", "127.0.0.1:1"],
        ["models", "--root", "/nowhere"],
        ["rollback", "5", "--root", "/nowhere"],
    ],
)
def test_the_commands_import_nothing_slow(arguments):
    code = f"""
import sys
from cli import main
try:
    main.main(sys.argv[1:])
finally:
    print("imported", *({SLOW} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.splitlines()[-1] == "imported", done.stderr
