"""`cifar10 predict`, as a user meets it."""

import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import pytest

from tests.cli.test_main import SLOW
from tests.support.serving.fixtures import NEW


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


def test_the_most_probable_classes_have_their_names(
    cifar10, images, where, serving_root, tmp_path, monkeypatch
):
    (tmp_path / "serving").symlink_to(serving_root)
    monkeypatch.chdir(images)
    asked = cifar10(
        "predict", "0.png", *where, "--top", "3", "--root", tmp_path
    )
    rows = re.findall(r"(class \d) +(0\.\d{3})", asked.out)
    assert len({name for name, _ in rows}) == 3
    assert rows == sorted(rows, key=lambda row: -float(row[1]))
    assert asked.code == 0


def test_names_are_neither_markup_nor_patterns(
    cifar10, images, serving_root, tmp_path, monkeypatch
):
    """TensorFlow would look for a model in `[root]` by a pattern."""
    (tmp_path / "links").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "links"))
    (images / "0.png").rename(images / "cat [final].png")
    model = shutil.copytree(
        serving_root / "cifar10" / str(NEW), tmp_path / "a [root], *c?" / "1"
    )
    named = cifar10("predict", images / "cat [final].png", "--model", model)
    assert "cat [final].png" in "".join(named.out.split("\n"))
    assert named.code == 0


def test_a_model_that_is_not_there_names_those_beside_it(
    cifar10, images, serving_root
):
    asked = cifar10("predict", images, "--model", serving_root / "rose")
    assert asked.code == 1
    assert asked.err.rstrip().endswith("Beside it there is cifar10.")


def test_without_a_server_only_the_answer_is_printed(images, serving_root):
    arguments = [
        "predict",
        images / "0.png",
        "--model",
        serving_root / "cifar10",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stderr == ""
    assert "probability" in done.stdout


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


def test_images_of_other_kinds_are_named(cifar10, images, where):
    (images / "photo.heic").write_bytes(b"heic")
    (images / "._0.png").write_bytes(b"what macOS leaves")
    asked = cifar10("predict", images, *where, "--json")
    assert asked.code == 0
    assert len(lines(asked.out)) == 4
    assert asked.err == (
        f"skipped, neither PNG nor JPEG: {images / 'photo.heic'}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["/nowhere.png"], "/nowhere.png cannot be read"),
        (["EMPTY"], "there are no images in"),
        (["IMAGE", "--header", "secret"], "NAME: VALUE"),
        (["IMAGE", "--ca", "/nowhere.pem"], "/nowhere.pem cannot be read"),
        (["IMAGE", "--client-key", "/k"], "belong together"),
        (["IMAGE", "--server", "127.0.0.1:1", "--timeout", "1"], "make serve"),
        (["IMAGE", "--server", "nobody:"], "HOST:PORT"),
        (["IMAGE", "--model", "EMPTY"], "contains no SavedModel"),
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


@pytest.mark.parametrize("command", ["predict", "label"])
def test_wrong_arguments_name_the_help_of_their_command(cifar10, command):
    asked = cifar10(command)
    assert asked.code == 2
    assert f"cifar10 {command} --help" in asked.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "--help"],
        ["models", "--help"],
        ["rollback", "--help"],
        ["label", "--help"],
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
