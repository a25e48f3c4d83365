"""`models` reads files that anyone may have edited: no traceback, ever."""

import io
import json

import pytest

from modules.common.console import Console
from pipeline.paths import Paths
from serving.versions import registry

DESCRIPTION = {
    "class_names": ["cat"],
    "capped_classes": [],
    "lineage": {
        "model_digest": "m",
        "data_digest": "d",
        "seed": 0,
        "sample": True,
    },
}
RECORD = {
    "run": "20260101-000000",
    "commit": "c",
    "model_name": "cifar10",
    "accuracy": 0.9,
    "reasons": [],
    "pushed_to": "serving/cifar10/100",
}
STRANGE: tuple[object, ...] = (None, [], {}, "[/x]", -1, 1e999, True, ["\x00"])


@pytest.fixture
def show(tmp_path):
    """Writes the files, and returns what `models` prints."""
    version = tmp_path / "serving" / "cifar10" / "100"
    (version / "assets.extra").mkdir(parents=True)
    (tmp_path / "logs").mkdir()

    def show(description, record):
        (version / "assets.extra" / "model.json").write_text(description)
        (tmp_path / "logs" / "a.json").write_text(record)
        found = registry.list_versions(Paths.under(tmp_path))
        lines = [registry.json_line(each) for each in found]
        console = Console(file=io.StringIO(), width=80)
        console.print(*registry.tables(found))
        assert "100" in console.file.getvalue()
        return json.loads(lines[0])

    return show


def test_what_is_sound_is_shown(show):
    shown = show(json.dumps(DESCRIPTION), json.dumps(RECORD))
    assert shown["accuracy"] == 0.9
    assert shown["seed"] == 0
    assert shown["blessed"]


@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_a_field_of_another_type_is_passed_over(show, value):
    for name in RECORD:
        show(json.dumps(DESCRIPTION), json.dumps({**RECORD, name: value}))
    for name in DESCRIPTION:
        show(json.dumps({**DESCRIPTION, name: value}), json.dumps(RECORD))
    for name in DESCRIPTION["lineage"]:
        lineage = {**DESCRIPTION["lineage"], name: value}
        changed = {**DESCRIPTION, "lineage": lineage}
        show(json.dumps(changed), json.dumps(RECORD))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\x00"])
def test_a_file_that_is_no_object_is_passed_over(show, text):
    show(text, text)
