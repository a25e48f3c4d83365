"""Which files a command line means, and how their names are shown."""

import io
import os
import sys
import types

import pytest
from rich.console import Console

from modules.common.errors import UserError
from serving import images
from serving.output import Answer, table

BYTES = b"\xff\xd8\xff"


@pytest.fixture
def folder(tmp_path):
    """A folder `photos` with images in it and below it."""
    for name in ("b.png", "a-1/c.jpg", "a/d.png", ".hidden/e.png"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(BYTES)
    return tmp_path / "photos"


def names(folder):
    return [
        os.path.relpath(name, folder) for name, _ in images.read([str(folder)])
    ]


def refused(argument):
    with pytest.raises(UserError) as error:
        list(images.read([str(argument)]))
    message = str(error.value)
    assert message.isprintable()
    return message


def test_the_files_below_a_folder_come_sorted(folder):
    assert names(folder) == [".hidden/e.png", "a/d.png", "a-1/c.jpg", "b.png"]


def test_linked_folders_are_read_too(folder, tmp_path):
    (tmp_path / "elsewhere" / "more").mkdir(parents=True)
    (tmp_path / "elsewhere" / "more" / "f.png").write_bytes(BYTES)
    (folder / "a" / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "nothing.png").symlink_to(tmp_path / "nowhere")
    before = [".hidden/e.png", "a/d.png", "a-1/c.jpg", "b.png"]
    before.insert(2, "a/link/more/f.png")
    assert names(folder) == before


def test_what_links_lead_to_again_is_read_once(folder):
    before = names(folder)
    (folder / "0").symlink_to(folder / "a")
    (folder / "a" / "up").symlink_to(folder)
    assert names(folder) == before


def test_a_folder_that_cannot_be_read_is_not_passed_over(folder, monkeypatch):
    scandir = os.scandir

    def deny(path):
        if str(path).endswith("a-1"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", deny)
    assert f"{folder / 'a-1'} cannot be read (Permission" in refused(folder)


def test_what_is_not_there_is_one_line(tmp_path):
    assert "cannot be read (No such file" in refused(tmp_path / "x\n.png")
    assert "cannot be read (File name too long)" in refused("x" * 300)


def test_pipes_and_devices_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "not a regular file" in refused(tmp_path / "pipe.png")
    assert "not a regular file" in refused("/dev/zero")


def test_a_file_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / "large.png"
    path.touch()
    os.truncate(path, images.MAX_BYTES + 1)
    assert "268,435,457 bytes" in refused(path)


def test_a_standard_input_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(images, "MAX_BYTES", 2)
    stdin = types.SimpleNamespace(buffer=io.BytesIO(BYTES))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert "the standard input has more than 2 bytes" in refused("-")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"caf\xe9.png", "caf\\xe9.png"),
        (b"a\nb\x1b[1m.png", "a\\nb\\x1b[1m.png"),
        ("café 猫.png".encode(), "café 猫.png"),
    ],
)
def test_names_that_cannot_be_printed_come_escaped(tmp_path, name, shown):
    answer = Answer(os.fsdecode(name), None, "it is no image")
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="strict")
    Console(file=out, width=200).print(table([answer]))
    out.seek(0)
    assert f"{shown}  " in out.read()
    assert images.listing([tmp_path / answer.name]) == f"{tmp_path}/{shown}"
