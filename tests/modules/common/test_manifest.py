"""A version's manifest finds what is missing, short or changed."""

import json

import pytest

from modules.common import manifest


@pytest.fixture
def version(tmp_path):
    directory = tmp_path / "100"
    (directory / "variables").mkdir(parents=True)
    (directory / "saved_model.pb").write_bytes(b"graph")
    (directory / "variables" / "variables.index").write_bytes(b"index")
    manifest.write(directory)
    return directory


def test_a_written_version_verifies(version):
    assert manifest.verify(version) == []


def test_it_lists_every_file_but_itself(version):
    listed = json.loads((version / manifest.MANIFEST).read_text())["files"]
    assert listed == [
        {
            "path": "saved_model.pb",
            "size": 5,
            # echo -n graph | sha256sum
            "sha256": "eef93e1d14482804277fca0172464032d1a4fdbcc338524059fa1e86"
            "1454ad4d",
        },
        {
            "path": "variables/variables.index",
            "size": 5,
            # echo -n index | sha256sum
            "sha256": "1bc04b5291c26a46d918139138b992d2de976d6851d0893b0476b85b"
            "fbdfc6e6",
        },
    ]
    manifest.write(version)
    assert manifest.verify(version) == []
    assert sorted(p.name for p in (version / "assets.extra").iterdir()) == [
        "manifest.json"
    ]


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (
            lambda v: (v / "variables/variables.index").unlink(),
            "variables/variables.index is missing",
        ),
        (
            lambda v: (v / "saved_model.pb").write_bytes(b"gra"),
            "saved_model.pb has 3 bytes instead of 5",
        ),
        (
            lambda v: (v / "saved_model.pb").write_bytes(b"grape"),
            "saved_model.pb has other contents than were pushed",
        ),
        (
            lambda v: (v / manifest.MANIFEST).unlink(),
            "assets.extra/manifest.json is missing",
        ),
    ],
)
def test_it_says_what_differs(version, damage, problem):
    damage(version)
    assert manifest.verify(version) == [problem]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": [{"path": "a"}]}'])
def test_a_manifest_that_is_none_is_one_problem(version, text):
    (version / manifest.MANIFEST).write_text(text)
    (problem,) = manifest.verify(version)
    assert "manifest.json is unreadable" in problem


def test_what_it_does_not_list_is_no_problem(version):
    (version / "assets.extra" / "notes.txt").write_text("added later")
    assert manifest.verify(version) == []


def test_no_file_outside_the_version_is_read(version):
    entry = {"path": "../secret", "size": 1, "sha256": "0"}
    (version / manifest.MANIFEST).write_text(json.dumps({"files": [entry]}))
    (problem,) = manifest.verify(version)
    assert "outside the version" in problem
